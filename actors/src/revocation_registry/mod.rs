//! Owns: sessions, the epoch of every account, and the index of what is revoked.
//! Loses on restart: nothing. The store has it all; a restarted actor keeps the process's index.
//! Replies within: one durable write, two for an account; a reader answers from memory in µs.

mod actor;
mod backend;
mod freshness;
mod index;
mod ledger;
pub(crate) mod measured;
mod messages;
mod metrics;
mod portable;
mod reader;
#[cfg(test)]
mod tests;

pub use actor::RevocationRegistry;
#[cfg(test)]
use backend::MemorySessions;
pub(crate) use backend::{EmbeddedSessions, MongoSessions, SessionBackend};
pub(crate) use index::RevocationIndex;
pub use ledger::SessionRules;
pub use messages::*;
pub(crate) use portable::{AccountSessions, EndedSession};
pub use reader::RevocationReader;
#[cfg(test)]
pub(crate) use {backend::Refreshed, ledger::NewSession};
