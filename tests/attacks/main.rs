//! The server under attack, over TCP: what everybody knows to try, and what must come of it.
//!
//! Each file is one group of attacks; each test names the requirement it attacks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod accounts;
mod bodies;
mod codes;
mod enumeration;
mod floods;
mod framing;
mod guessing;
mod injection;
mod logs;
mod mint;
mod reset;
mod seen;
mod slow;
mod tokens;
