//! The trail of tests: it outlives an actor, not a process.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::AuditBackend;
use crate::audit_trail::AuditEvent;
use crate::audit_trail::query::Range;
use crate::backend::{BackendError, Pending, ready};
use crate::domain::{AuditId, Timestamp};

/// Events by id.
#[derive(Default)]
pub(crate) struct MemoryAudit {
    events: Mutex<BTreeMap<AuditId, AuditEvent>>,
    fails: Mutex<Option<BackendError>>,
    forgets_to_answer: AtomicBool,
    writes: AtomicUsize,
}

impl MemoryAudit {
    /// How writes fail from now on, if they do.
    pub(crate) fn fail(&self, error: Option<BackendError>) {
        *self.fails.lock().unwrap() = error;
    }

    /// The next write is made, but its confirmation is lost.
    pub(crate) fn lose_a_confirmation(&self) {
        self.forgets_to_answer.store(true, Ordering::Relaxed);
    }

    /// How many writes were made.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::Relaxed)
    }

    /// What is kept, oldest first.
    pub(crate) fn all(&self) -> Vec<AuditEvent> {
        self.events.lock().unwrap().values().cloned().collect()
    }
}

impl AuditBackend for MemoryAudit {
    fn append(&self, events: Vec<AuditEvent>) -> Pending<()> {
        if let Some(error) = *self.fails.lock().unwrap() {
            return Box::pin(std::future::ready(Err(error)));
        }
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.events.lock().unwrap().extend(events.into_iter().map(|event| (event.id, event)));
        if self.forgets_to_answer.swap(false, Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(BackendError::OutcomeUnknown)));
        }
        ready(())
    }

    fn read(&self, range: Range) -> Pending<Vec<AuditEvent>> {
        if range.from >= range.before {
            return ready(Vec::new());
        }
        let wanted = |event: &&AuditEvent| {
            (range.user.is_none() || range.user == event.user)
                && range.event.as_ref().is_none_or(|kind| *kind == event.event)
        };
        let events = self.events.lock().unwrap();
        let newest_first = events.range(range.from..range.before).rev().map(|(_, event)| event);
        ready(newest_first.filter(wanted).take(range.limit).cloned().collect())
    }

    fn purge(&self, horizon: Timestamp, limit: usize) -> Pending<usize> {
        let mut events = self.events.lock().unwrap();
        let old = events.range(..AuditId::first_at(horizon)).take(limit);
        let old: Vec<AuditId> = old.map(|(id, _)| *id).collect();
        events.retain(|id, _| !old.contains(id));
        ready(old.len())
    }
}

fn make() -> std::future::Ready<Option<(MemoryAudit, ())>> {
    std::future::ready(Some((MemoryAudit::default(), ())))
}

super::contract::contract!(make);
super::contract::forgetting!(make);
