//! Where the trail is kept. Nothing in it is ever changed: events are added, and go when old.

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

pub(crate) use embedded::EmbeddedAudit;
#[cfg(test)]
pub(crate) use memory::MemoryAudit;
pub(crate) use mongodb::MongoAudit;

use super::AuditEvent;
use super::query::Range;
use crate::backend::Pending;
use crate::domain::Timestamp;

/// A durable trail.
pub(crate) trait AuditBackend: Send + Sync + 'static {
    /// Adds events in one write. Those that are there already stay as they are, so that a batch
    /// whose fate is unknown can be added again.
    fn append(&self, events: Vec<AuditEvent>) -> Pending<()>;

    /// Reads a range, newest first, from an index that holds nothing else: it looks at no more
    /// events than it answers.
    fn read(&self, range: Range) -> Pending<Vec<AuditEvent>>;

    /// Forgets at most `limit` events before `horizon`, and tells how many; none where the store
    /// forgets on its own.
    fn purge(&self, horizon: Timestamp, limit: usize) -> Pending<usize>;
}
