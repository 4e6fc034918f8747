//! Delivery from outside: a real server, and servers in place of those that reach people.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod breaker;
mod copies;
mod ends;
mod names;
mod office;
mod outages;
mod pumping;
mod sms;
mod twilio_smoke;
