//! *Owns*: one-time codes, and the pending sign-ups and phone claims they will prove.
//! *Loses on restart*: nothing; codes, attempts and consumption live in the backend.
//! *Replies within*: one read of the backend, or one fsync where something changed.

mod actor;
mod backend;
mod book;
mod challenge;
mod code_source;
#[cfg(test)]
mod fixtures;
mod key;
pub(crate) mod measured;
mod messages;
mod metrics;
mod rules;
#[cfg(test)]
mod tests;

pub use actor::OtpManager;
#[cfg(test)]
use backend::MemoryOtps;
pub(crate) use backend::{EmbeddedOtps, MongoOtps, OtpBackend};
pub(crate) use key::OtpKey;
pub use messages::*;
pub use rules::OtpRules;
