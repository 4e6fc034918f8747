//! *Owns* the record of security-relevant acts (S-78), for as long as the operator keeps it.
//! *Loses on restart* nothing when the actor restarts; when the process is killed, what was
//! recorded within the last second and whatever the store had not taken.
//! *Replies within* microseconds to what is recorded, one write and one read to what is asked.

mod actor;
mod backend;
mod event;
mod ids;
mod messages;
mod metrics;
mod query;
mod queue;
mod rules;
#[cfg(test)]
mod tests;
mod trail;
mod writer;

pub use actor::AuditTrail;
pub(crate) use backend::{AuditBackend, EmbeddedAudit, MongoAudit};
pub use event::AuditEvent;
pub use messages::{AuditError, ReadTrail, RecordEvent};
pub use query::AuditQuery;
pub use rules::AuditRules;
