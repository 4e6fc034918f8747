//! How many connections of a listener are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use metrics::{Gauge, gauge};
use tokio::time::Instant;
use tracing::warn;

use crate::sparing::Sparing;

/// The connections of one listener.
pub(super) struct Places {
    listener: &'static str,
    most: usize,
    taken: AtomicUsize,
    shown: Gauge,
    warnings: Sparing,
}

/// One of them; it is free again when this is dropped.
pub(super) struct Place(Arc<Places>);

impl Places {
    /// None is taken yet.
    pub(super) fn new(listener: &'static str, most: usize) -> Arc<Self> {
        let shown = u32::try_from(most).unwrap_or(u32::MAX);
        gauge!("bioentrust_connections_max", "listener" => listener).set(shown);
        let shown = gauge!("bioentrust_connections", "listener" => listener);
        let (taken, warnings) = (AtomicUsize::new(0), Sparing::default());
        Arc::new(Self { listener, most, taken, shown, warnings })
    }

    /// Counts a connection. Whoever comes after the last waits in the kernel's queue.
    pub(super) fn take(self: &Arc<Self>) -> Place {
        self.shown.increment(1);
        let taken = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        if taken >= self.most && self.warnings.is_due(Instant::now()) {
            warn!(
                listener = self.listener,
                taken, "all connections are in use: more are accepted when one ends"
            );
        }
        Place(Arc::clone(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
        self.0.shown.decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_taken_until_it_is_dropped() {
        let places = Places::new("api", 2);
        let taken = || places.taken.load(Ordering::Relaxed);
        let (first, second) = (places.take(), places.take());
        assert_eq!(taken(), 2);
        drop((first, second));
        assert_eq!(taken(), 0);
    }
}
