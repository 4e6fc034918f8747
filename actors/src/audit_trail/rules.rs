//! What the operator decided about the trail.

use std::time::Duration;

use crate::domain::Timestamp;

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct AuditRules {
    /// Whether anything is recorded.
    pub enabled: bool,
    /// The age at which an event is forgotten.
    pub keep: Duration,
    /// Events that may wait to be written; one more is dropped, and counted.
    pub queue: usize,
}

impl AuditRules {
    /// What is older is forgotten, whether or not it is still stored.
    pub(super) fn horizon(&self, now: Timestamp) -> Timestamp {
        now.before(self.keep)
    }
}
