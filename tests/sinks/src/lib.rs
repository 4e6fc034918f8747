//! Servers that take what would have reached people, and misbehave when told to: each on a free
//! loopback port, in threads of the test.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails"
)]

pub mod authority;
pub mod smtp;
pub mod twilio;
