//! Starts real MongoDB servers for tests: a standalone one or a replica set, on free loopback ports,
//! each with a data folder of its own, and stops them when the test process ends, however it ends.
//!
//! `scripts/fetch-mongod` finds the program. Where there is none, tests are left out loudly; in CI
//! (`CI` is set) they fail instead.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on fails"
)]

mod keeper;
mod program;
mod replica_set;
mod server;
mod shared;

pub use mongodb;
pub use program::program;
pub use replica_set::ReplicaSet;
pub use server::Mongod;
pub use shared::{keep_expired, shared_replica_set, shared_server, shared_standalone};
