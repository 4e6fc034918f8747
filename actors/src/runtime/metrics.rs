//! What each actor reports about itself, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op. All series exist from the start, at zero.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::handle::AskError;

/// The series of one actor: what it has in flight, waiting time, refusals by reason, restarts.
pub(super) struct ActorMetrics {
    wait: Histogram,
    in_flight: Gauge,
    capacity: Gauge,
    overloaded: Counter,
    timed_out: Counter,
    unavailable: Counter,
    restarts: Counter,
}

impl ActorMetrics {
    pub(super) fn register(actor: &'static str) -> Self {
        let refused = |reason| counter!("bioentrust_actor_refused_total", "actor" => actor, "reason" => reason);
        Self {
            wait: histogram!("bioentrust_actor_wait_seconds", "actor" => actor),
            in_flight: gauge!("bioentrust_actor_in_flight", "actor" => actor),
            capacity: gauge!("bioentrust_actor_capacity", "actor" => actor),
            overloaded: refused("overloaded"),
            timed_out: refused("timed_out"),
            unavailable: refused("unavailable"),
            restarts: counter!("bioentrust_actor_restarts_total", "actor" => actor),
        }
    }

    pub(super) fn waited(&self, time: Duration) {
        self.wait.record(time);
    }

    pub(super) fn refused(&self, error: AskError) {
        match error {
            AskError::Overloaded(_) => self.overloaded.increment(1),
            AskError::TimedOut(_) => self.timed_out.increment(1),
            AskError::Unavailable(_) => self.unavailable.increment(1),
        }
    }

    pub(super) fn observed(&self, in_flight: u32, capacity: u32) {
        self.in_flight.set(in_flight);
        self.capacity.set(capacity);
    }

    pub(super) fn restarted(&self) {
        self.restarts.increment(1);
    }
}
