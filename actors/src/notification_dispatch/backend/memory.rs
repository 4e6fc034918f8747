//! The outbox of tests: it outlives an actor, not a process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::{OutboxBackend, PutOutcome};
use crate::backend::{BackendError, Pending, ready};
use crate::domain::{OutboxId, Timestamp};
use crate::notification_dispatch::outbox::OutboxEntry;
use crate::notification_dispatch::retry::History;

/// Entries by id, each with the time it is due.
pub(crate) struct MemoryOutbox {
    entries: Arc<Mutex<BTreeMap<OutboxId, (Timestamp, OutboxEntry)>>>,
    capacity: usize,
    fails: AtomicBool,
}

impl MemoryOutbox {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: Arc::default(), capacity, fails: AtomicBool::new(false) }
    }

    /// From now on nothing can be put.
    pub(crate) fn fail(&self) {
        self.fails.store(true, Ordering::Relaxed);
    }

    /// What is kept, in no order.
    pub(crate) fn all(&self) -> Vec<OutboxEntry> {
        self.entries.lock().unwrap().values().map(|(_, entry)| entry.clone()).collect()
    }
}

impl OutboxBackend for MemoryOutbox {
    fn put(&self, entry: OutboxEntry, held_until: Timestamp) -> Pending<PutOutcome> {
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(BackendError::Unavailable)));
        }
        let mut entries = self.entries.lock().unwrap();
        if entries.len() >= self.capacity {
            return ready(PutOutcome::Full);
        }
        entries.insert(entry.id, (held_until, entry));
        ready(PutOutcome::Kept)
    }

    fn claim_due(
        &self,
        now: Timestamp,
        held_until: Timestamp,
        limit: usize,
    ) -> Pending<Vec<OutboxEntry>> {
        let mut entries = self.entries.lock().unwrap();
        let mut due: Vec<_> = entries.values_mut().filter(|(due_at, _)| *due_at <= now).collect();
        due.sort_by_key(|(due_at, _)| *due_at);
        let claim = |(due_at, entry): &mut (Timestamp, OutboxEntry)| {
            *due_at = held_until;
            entry.claim += 1;
            entry.clone()
        };
        ready(due.into_iter().take(limit).map(claim).collect())
    }

    fn settle(&self, id: OutboxId) -> Pending<()> {
        self.entries.lock().unwrap().remove(&id);
        ready(())
    }

    fn postpone(
        &self,
        id: OutboxId,
        claim: u32,
        until: Timestamp,
        history: History,
    ) -> Pending<()> {
        if let Some((due_at, entry)) = self.entries.lock().unwrap().get_mut(&id)
            && entry.claim == claim
        {
            *due_at = until;
            entry.history = history;
        }
        ready(())
    }
}

fn make() -> std::future::Ready<Option<(MemoryOutbox, ())>> {
    std::future::ready(Some((MemoryOutbox::new(super::contract::CAPACITY), ())))
}

super::contract::contract!(make);
