//! What the lanes report about themselves, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op. All series exist from the start, at zero.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tokio::time::Instant;

use super::queue::{Capacity, Waiting};

/// The series of all lanes; clones share them.
#[derive(Clone)]
pub(super) struct HashMetrics(Arc<Series>);

struct Series {
    wait: Histogram,
    work: Histogram,
    busy: Gauge,
    queue_full: Counter,
    waited_too_long: Counter,
}

impl HashMetrics {
    pub(super) fn register(lanes: usize) -> Self {
        let refused = |reason| counter!("bioentrust_hash_refused_total", "reason" => reason);
        gauge!("bioentrust_hash_lanes").set(count(lanes));
        Self(Arc::new(Series {
            wait: histogram!("bioentrust_hash_wait_seconds"),
            work: histogram!("bioentrust_hash_duration_seconds"),
            busy: gauge!("bioentrust_hash_lanes_busy"),
            queue_full: refused("queue_full"),
            waited_too_long: refused("waited_too_long"),
        }))
    }

    /// There was no place in the queue.
    pub(super) fn queue_full(&self) {
        self.0.queue_full.increment(1);
    }

    /// No lane took the job in time.
    pub(super) fn waited_too_long(&self) {
        self.0.waited_too_long.increment(1);
    }

    /// Does a job that has waited since `queued_at`.
    pub(super) fn measure<T>(&self, queued_at: Instant, job: impl FnOnce() -> T) -> T {
        self.0.wait.record(queued_at.elapsed());
        let begun_at = Instant::now();
        let result = job();
        self.0.work.record(begun_at.elapsed());
        result
    }

    /// A lane works until this is dropped, however the work ends.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.0.busy.increment(1);
        Busy(&self.0.busy)
    }
}

/// A lane at work.
pub(super) struct Busy<'a>(&'a Gauge);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// What waits for a lane at this moment.
pub(super) fn waiting(waiting: Waiting, capacity: Capacity) {
    let kinds = [
        ("awaited", waiting.awaited, capacity.awaited),
        ("background", waiting.background, capacity.background),
    ];
    for (urgency, length, capacity) in kinds {
        gauge!("bioentrust_hash_queue_length", "urgency" => urgency).set(count(length));
        gauge!("bioentrust_hash_queue_capacity", "urgency" => urgency).set(count(capacity));
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
