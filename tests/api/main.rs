//! The server from outside: a real process or a real listener, over real TCP.
//!
//! One binary on purpose: each further one would link the whole server again.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod admin;
mod answers;
mod audit;
mod codes;
mod crash;
mod deliveries;
mod limits;
mod migrate;
mod open_files;
mod operation;
mod overload;
mod passwords;
mod pending_sign_up;
mod refusals;
mod repeats;
mod reset;
mod seed;
mod seeded;
mod sessions;
mod shutdown;
mod words;
