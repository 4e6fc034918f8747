//! What the connections to MongoDB report, through the `metrics` facade.

use std::sync::Arc;

use metrics::{Counter, Gauge, counter, gauge};
use mongodb::event::EventHandler;
use mongodb::event::cmap::CmapEvent;

/// The series of all connections, and of the operations that wait for one; clones share them.
#[derive(Clone)]
pub(super) struct PoolMetrics(Arc<Series>);

struct Series {
    open: Gauge,
    checked_out: Gauge,
    waiting: Gauge,
    cleared: Counter,
}

impl PoolMetrics {
    /// `size`: connections at most.
    pub(super) fn register(size: u32) -> Self {
        gauge!("bioentrust_mongodb_pool_size").set(size);
        let at_zero = |gauge: Gauge| {
            gauge.increment(0);
            gauge
        };
        Self(Arc::new(Series {
            open: at_zero(gauge!("bioentrust_mongodb_pool_connections")),
            checked_out: at_zero(gauge!("bioentrust_mongodb_pool_checked_out")),
            waiting: at_zero(gauge!("bioentrust_mongodb_pool_waiting")),
            cleared: counter!("bioentrust_mongodb_pool_cleared_total"),
        }))
    }

    /// What the driver tells of its connections.
    pub(super) fn listener(&self) -> EventHandler<CmapEvent> {
        let this = self.clone();
        EventHandler::callback(move |event| this.hear(&event))
    }

    /// An operation waits for its place until this is dropped.
    pub(super) fn waiting(&self) -> WaitingOperation<'_> {
        self.0.waiting.increment(1);
        WaitingOperation(&self.0.waiting)
    }

    fn hear(&self, event: &CmapEvent) {
        match event {
            CmapEvent::ConnectionCreated(_) => self.0.open.increment(1),
            CmapEvent::ConnectionClosed(_) => self.0.open.decrement(1),
            CmapEvent::ConnectionCheckedOut(_) => self.0.checked_out.increment(1),
            CmapEvent::ConnectionCheckedIn(_) => self.0.checked_out.decrement(1),
            CmapEvent::PoolCleared(_) => self.0.cleared.increment(1),
            _ => {}
        }
    }
}

/// An operation that waits.
pub(super) struct WaitingOperation<'a>(&'a Gauge);

impl Drop for WaitingOperation<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
