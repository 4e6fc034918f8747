//! What the dispatch reports about itself, through the `metrics` facade (docs/metrics.md lists
//! the series). Those of a medium exist from the start, at zero.

use metrics::{Counter, Gauge, counter, gauge};

use super::{DeliveryError, DeliveryFailure, DeliveryState, Medium};

/// Tries by result, and the breaker, of one medium.
pub(super) struct MediumMetrics {
    delivered: Counter,
    transient: Counter,
    ambiguous: Counter,
    permanent: Counter,
    breaker_open: Gauge,
}

impl MediumMetrics {
    pub(super) fn register(medium: Medium) -> Self {
        queued(medium).increment(0);
        let medium = medium.name();
        let tries = |result| counter!("bioentrust_delivery_tries_total", "medium" => medium, "result" => result);
        let breaker_open = gauge!("bioentrust_delivery_breaker_open", "medium" => medium);
        breaker_open.set(0);
        Self {
            delivered: tries("delivered"),
            transient: tries("transient"),
            ambiguous: tries("ambiguous"),
            permanent: tries("permanent"),
            breaker_open,
        }
    }

    pub(super) fn tried(&self, result: &Result<(), DeliveryFailure>) {
        let counter = match result.as_ref().map_err(|failure| failure.kind) {
            Ok(()) => &self.delivered,
            Err(DeliveryError::Transient { .. }) => &self.transient,
            Err(DeliveryError::Ambiguous) => &self.ambiguous,
            Err(DeliveryError::Permanent) => &self.permanent,
        };
        counter.increment(1);
    }

    pub(super) fn breaker_is_open(&self, open: bool) {
        self.breaker_open.set(f64::from(u8::from(open)));
    }
}

/// A notice has left the dispatch.
pub(super) fn dealt_with(medium: Medium, kind: &'static str, outcome: DeliveryState) {
    let labels = [("medium", medium.name()), ("kind", kind), ("outcome", outcome.name())];
    counter!("bioentrust_deliveries_total", &labels).increment(1);
}

/// The notices in memory, of one medium.
pub(super) fn queued(medium: Medium) -> Gauge {
    gauge!("bioentrust_delivery_queue_length", "medium" => medium.name())
}
