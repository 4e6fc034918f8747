//! Counters that end with the process: for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Journal;
use super::record::{Change, Changes, Kept};
use crate::attempt_guard::key::GuardKey;
use crate::backend::{Pending, ready};

/// Keeps records in memory.
#[derive(Default)]
pub(crate) struct MemoryJournal(Mutex<BTreeMap<GuardKey, Kept>>);

impl Journal for MemoryJournal {
    fn load(&self) -> Pending<Vec<Kept>> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready(records.values().cloned().collect())
    }

    fn apply(&self, changes: Changes) -> Pending<()> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes.0 {
            match change {
                Change::Save(kept) => records.insert(kept.key, kept),
                Change::Remove(key) => records.remove(&key),
            };
        }
        ready(())
    }
}
