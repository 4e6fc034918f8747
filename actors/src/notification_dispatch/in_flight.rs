//! What is on its way in this process, and what the end of the process would cost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::{Medium, metrics};

/// Counts the notices in memory.
#[derive(Default)]
pub(super) struct InFlight {
    counts: Mutex<Counts>,
    empty: Notify,
}

#[derive(Default)]
struct Counts {
    /// In the outbox as well.
    kept: usize,
    /// In memory only, by kind.
    unkept: BTreeMap<&'static str, usize>,
    /// Given up because the process ends, by kind.
    lost: BTreeMap<&'static str, usize>,
}

/// A notice's place in memory, until it is dropped.
pub(super) struct Place {
    in_flight: Arc<InFlight>,
    medium: Medium,
    kind: &'static str,
    is_kept: bool,
    _permit: OwnedSemaphorePermit,
}

impl InFlight {
    /// `is_kept`: the notice is in the outbox as well.
    pub(super) fn place(
        self: &Arc<Self>,
        permit: OwnedSemaphorePermit,
        medium: Medium,
        kind: &'static str,
        is_kept: bool,
    ) -> Place {
        let mut counts = self.counts();
        if is_kept {
            counts.kept += 1;
        } else {
            *counts.unkept.entry(kind).or_default() += 1;
        }
        drop(counts);
        metrics::queued(medium).increment(1);
        Place { in_flight: Arc::clone(self), medium, kind, is_kept, _permit: permit }
    }

    /// Resolves when nothing is in memory.
    pub(super) async fn emptied(&self) {
        loop {
            let emptied = self.empty.notified();
            if self.counts().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// What would be lost if the process ended now, or already is because it ends; by kind.
    pub(super) fn lost(&self) -> BTreeMap<&'static str, usize> {
        let counts = self.counts();
        let mut lost = counts.lost.clone();
        for (kind, count) in &counts.unkept {
            *lost.entry(kind).or_default() += count;
        }
        lost.retain(|_, count| *count > 0);
        lost
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn is_empty(&self) -> bool {
        self.kept == 0 && self.unkept.values().all(|count| *count == 0)
    }
}

impl Place {
    /// The notice will not be delivered: the process ends before its next try.
    pub(super) fn lose(self) {
        *self.in_flight.counts().lost.entry(self.kind).or_default() += 1;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.in_flight.counts();
        if self.is_kept {
            counts.kept = counts.kept.saturating_sub(1);
        } else if let Some(count) = counts.unkept.get_mut(self.kind) {
            *count = count.saturating_sub(1);
        }
        let is_empty = counts.is_empty();
        drop(counts);
        metrics::queued(self.medium).decrement(1);
        if is_empty {
            self.in_flight.empty.notify_waiters();
        }
    }
}
