//! The same tests from outside as in `tests/api`, on MongoDB.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "../api/answers.rs"]
mod answers;
#[path = "../api/audit.rs"]
mod audit;
#[path = "../api/codes.rs"]
mod codes;
#[path = "../api/crash.rs"]
mod crash;
#[path = "../api/limits.rs"]
mod limits;
#[path = "../api/pending_sign_up.rs"]
mod pending_sign_up;
#[path = "../api/refusals.rs"]
mod refusals;
#[path = "../api/repeats.rs"]
mod repeats;
#[path = "../api/reset.rs"]
mod reset;
#[path = "../api/seed.rs"]
mod seed;
#[path = "../api/sessions.rs"]
mod sessions;
