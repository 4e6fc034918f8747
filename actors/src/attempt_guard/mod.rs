//! Failure counters: who may still try a password, and who may still guess a code.
//!
//! *Owns*: sign-in failures per account and per account and address, the addresses each account
//! signs in from, wrong-guess budgets per code destination and account, and when a sign-up notice
//! was sent.
//! *Loses on restart*: with the embedded store, tries admitted and not yet settled; a settled
//! failure never. With a shared store, nothing.
//! *Replies within* microseconds, or one durable write where a failure is counted; with a shared
//! store, within one or two round trips to it.
//!
//! The rules are the same wherever the counters are: `standing.rs` and `budget.rs` decide, on
//! what a backend holds. A backend that cannot tell what is on record refuses every message: the
//! guard never starts from zero. Keys are digests, and records are of bounded size.

mod account;
mod actor;
mod backend;
mod backoff;
mod budget;
mod clocks;
mod counted;
mod in_flight;
mod key;
mod known;
mod messages;
mod metrics;
mod portable;
mod standing;
#[cfg(test)]
mod tests;

pub use actor::{AttemptGuard, GuardRules};
pub(crate) use backend::{EmbeddedGuard, EmbeddedJournal, EmbeddedKnown, GuardBackend, MongoGuard};
#[cfg(test)]
pub(crate) use budget::Budget;
pub use messages::*;
pub(crate) use portable::{GuessBudget, KnownClients, SignInFailures, SignUpNotice};
