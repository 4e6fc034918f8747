//! The trail itself: notes at once, writes batch by batch, forgets what is old.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::backend::AuditBackend;
use super::ids::Ids;
use super::metrics::AuditMetrics;
use super::queue::{Pushed, Queue};
use super::{AuditError, AuditEvent, AuditQuery, AuditRules, RecordEvent};
use crate::backend::BackendError;
use crate::runtime::{Clock, Random};

/// Events in one write: at some 300 bytes each, far below what any store takes at once.
pub(super) const BATCH: usize = 500;
/// Old events forgotten at once: the store has other work.
pub(super) const PURGE: usize = 1000;

/// Shared by the actor and the writer behind it; it outlives a restart of the actor.
pub(super) struct Trail {
    rules: AuditRules,
    backend: Arc<dyn AuditBackend>,
    ids: Ids,
    clock: Arc<dyn Clock>,
    pub(super) queue: Queue,
    /// One writes at a time: what was written is removed from the front of the queue.
    turn: Mutex<()>,
    is_behind: AtomicBool,
    metrics: AuditMetrics,
    pub(super) stop: CancellationToken,
}

impl Trail {
    pub(super) fn new(
        rules: AuditRules,
        backend: Arc<dyn AuditBackend>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            rules,
            backend,
            ids: Ids::new(random),
            clock,
            queue: Queue::new(rules.queue),
            turn: Mutex::new(()),
            is_behind: AtomicBool::new(false),
            metrics: AuditMetrics::register(),
            stop: CancellationToken::new(),
        }
    }

    /// Notes an event, or drops it where too many wait (S-82). Never waits.
    pub(super) fn record(&self, record: RecordEvent) {
        if !self.rules.enabled {
            return;
        }
        let RecordEvent { event, outcome, factor, user, subject, ip, request_id } = record;
        let event = AuditEvent {
            id: self.ids.next(self.clock.now()),
            event: Cow::Borrowed(event),
            outcome: Cow::Borrowed(outcome),
            factor: factor.map(Cow::Borrowed),
            user,
            subject,
            ip,
            request_id,
        };
        match self.queue.push(event) {
            Pushed::Queued => self.metrics.waiting(self.queue.len()),
            dropped => {
                self.metrics.dropped(1);
                if dropped == Pushed::DroppedFirst {
                    warn!("the audit queue is full: events are dropped until the store takes them");
                }
            }
        }
    }

    /// Reads, after all that waits is written.
    pub(super) async fn read(&self, query: AuditQuery) -> Result<Vec<AuditEvent>, AuditError> {
        // Whether or not that works: with a full disk the trail can still be read.
        self.write_waiting().await;
        let horizon = self.rules.horizon(self.clock.now());
        Ok(self.backend.read(query.range(horizon)).await?)
    }

    /// Writes what waits now. Whatever the store does not take stays and waits.
    ///
    /// To write a batch again is harmless, so a lost confirmation is no different from a refusal.
    pub(super) async fn write_waiting(&self) {
        let _turn = self.turn.lock().await;
        let mut left = self.queue.len();
        while left > 0 {
            let batch = self.queue.first(BATCH.min(left));
            let count = batch.len();
            match self.backend.append(batch).await {
                Ok(()) => self.metrics.written(count),
                Err(BackendError::Corrupt) => {
                    // The store will never take them.
                    error!(count, "audit events cannot be written and are dropped");
                    self.metrics.dropped(count);
                }
                Err(BackendError::Unavailable | BackendError::OutcomeUnknown) => {
                    self.is_behind.store(true, Ordering::Relaxed);
                    return;
                }
            }
            self.queue.remove(count);
            self.metrics.waiting(self.queue.len());
            left -= count;
        }
        self.is_behind.store(false, Ordering::Relaxed);
        self.tell_dropped();
    }

    /// Forgets some of what is too old. `true`: there may be more.
    pub(super) async fn purge(&self) -> bool {
        let horizon = self.rules.horizon(self.clock.now());
        // The backend has logged a failure; what is old is not shown in any case.
        self.backend.purge(horizon, PURGE).await.is_ok_and(|purged| purged >= PURGE)
    }

    /// Whether the store took the last write.
    pub(super) fn keeps_up(&self) -> bool {
        !self.is_behind.load(Ordering::Relaxed)
    }

    /// Writes what waits, for no longer than `within`, and ends the writer.
    pub(super) async fn end(&self, within: Duration) {
        self.stop.cancel();
        let _ = timeout(within, self.write_waiting()).await;
        let lost = self.queue.len();
        if lost > 0 {
            warn!(lost, "audit events are lost with the process: the store did not take them");
        }
        self.tell_dropped();
    }

    fn tell_dropped(&self) {
        let dropped = self.queue.take_dropped();
        if dropped > 0 {
            warn!(dropped, "audit events were dropped");
        }
    }
}
