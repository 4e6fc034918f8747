//! Faults of MongoDB under load: nothing acknowledged is lost or doubled, nobody is let in or turned
//! away because of an outage, every answer comes within ten seconds, and all heals by itself.
//!
//! `cargo test --test faults -- --nocapture --test-threads=1` prints the figures of docs/operations.md.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod black_hole;
mod fail_overs;
mod fail_points;
mod guesses;
mod ledger;
mod load;
mod start;
mod world;
