//! What the trail reports about itself. All series exist from the start, at zero.

use metrics::{Counter, Gauge, counter, gauge};

/// Events written, dropped and waiting.
pub(super) struct AuditMetrics {
    written: Counter,
    dropped: Counter,
    queue: Gauge,
}

impl AuditMetrics {
    pub(super) fn register() -> Self {
        Self {
            written: counter!("bioentrust_audit_written_total"),
            dropped: counter!("bioentrust_audit_dropped_total"),
            queue: gauge!("bioentrust_audit_queue_length"),
        }
    }

    pub(super) fn written(&self, events: usize) {
        self.written.increment(events as u64);
    }

    pub(super) fn dropped(&self, events: usize) {
        self.dropped.increment(events as u64);
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(super) fn waiting(&self, events: usize) {
        self.queue.set(events as f64);
    }
}
