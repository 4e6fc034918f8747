//! Failure counters: who may still try a password, and who may still guess a code.
//!
//! *Owns*: sign-in failures per account and per account and address, the addresses each account
//! signs in from, wrong-guess budgets per code destination, and when a sign-up notice was sent.
//! *Loses on restart*: tries admitted and not yet settled; a settled failure never. A rebuilt
//! actor reads its counters back from the store before its first message, also after a panic,
//! and refuses every message while it cannot: it never starts from zero.
//! *Replies within* microseconds from memory; a failure waits for one durable write.
//!
//! Memory is the truth while the actor runs: a failure counts from the admission on, whether or
//! not the store confirms it. Keys are digests, records are of bounded size, and there are at
//! most a million of them (`counters.rs`).

mod account;
mod actor;
mod backend;
mod backoff;
mod budget;
mod counters;
mod in_flight;
mod key;
mod known;
mod messages;
mod shelf;
mod sign_ins;
#[cfg(test)]
mod tests;

pub use actor::{AttemptGuard, GuardRules};
#[cfg(test)]
use backend::MemoryGuard;
pub(crate) use backend::{EmbeddedGuard, GuardBackend};
pub use messages::*;
