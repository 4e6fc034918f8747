//! Starts servers and talks to them: what every test from outside shares.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot go on fails"
)]

mod answer;
mod deployment;
mod limits;
mod person;
mod process;
mod thread;
mod wire;

pub use answer::{Answer, Client};
pub use deployment::{patient_settings, settings as storage_settings};
pub use limits::allow_open_files;
pub use person::{Person, Tokens, other_than, resend_otp, verify_email};
pub use process::{ServerProcess, binary, wait_for, wait_for_async};
pub use thread::ServerThread;
pub use wire::read_to_close;

/// Settings of every server under test: free ports, and hashing that costs next to nothing.
pub const TEST_SETTINGS: &[(&str, &str)] = &[
    ("BIOENTRUST_SERVER__LISTEN", "127.0.0.1:0"),
    ("BIOENTRUST_SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    ("BIOENTRUST_PASSWORD__INSECURE_TEST_COST", "true"),
    ("BIOENTRUST_PASSWORD__MEMORY_KIB", "64"),
    ("BIOENTRUST_PASSWORD__ITERATIONS", "1"),
];

/// Runs all at once and waits for all.
pub async fn all<T>(work: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    futures_util::future::join_all(work).await
}
