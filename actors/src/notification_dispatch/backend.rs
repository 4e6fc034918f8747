//! Where news are kept until they are delivered. Each operation is one conditional write of one
//! entry, so that any store can do it atomically, and several machines can share one outbox.

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

pub(crate) use embedded::EmbeddedOutbox;
#[cfg(test)]
pub(crate) use memory::MemoryOutbox;
pub(crate) use mongodb::MongoOutbox;

use super::outbox::OutboxEntry;
use super::retry::History;
use crate::backend::Pending;
use crate::domain::{OutboxId, Timestamp};

/// A durable outbox. An entry is held by one claim at a time; when the claim's time is over, the
/// entry is due for the next. So news are delivered at least once: a process that dies between
/// delivery and [`settle`](OutboxBackend::settle) causes a second copy.
pub(crate) trait OutboxBackend: Send + Sync + 'static {
    /// Adds `entry`, held by the caller until `held_until`.
    fn put(&self, entry: OutboxEntry, held_until: Timestamp) -> Pending<PutOutcome>;

    /// Claims up to `limit` entries that are due at `now`, the longest due first. Their claim is
    /// another one than before, and ends at `held_until`.
    fn claim_due(
        &self,
        now: Timestamp,
        held_until: Timestamp,
        limit: usize,
    ) -> Pending<Vec<OutboxEntry>>;

    /// Removes an entry, whoever holds it: it has been dealt with.
    fn settle(&self, id: OutboxId) -> Pending<()>;

    /// Gives an entry back, due at `until`. Changes nothing when somebody else has claimed it
    /// since `claim`.
    fn postpone(&self, id: OutboxId, claim: u32, until: Timestamp, history: History)
    -> Pending<()>;
}

/// The answer to a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PutOutcome {
    /// The entry is kept.
    Kept,
    /// Too many are kept. Nothing was changed (S-89).
    Full,
}
