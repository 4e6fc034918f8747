//! What is read off when an operator looks, instead of counted as it changes.

use metrics::gauge;

use super::{Actors, Condition};

impl Actors {
    /// Sets the gauges of this moment: what each actor has in flight, what waits for a hashing
    /// lane, how old the knowledge of revocations is, how each component is. Never waits.
    pub fn report(&self) {
        self.users.report();
        self.sessions.report();
        self.otps.report();
        self.guard.report();
        self.limiter.report();
        self.hasher.report();
        self.notices.report();
        self.audit.report();
        self.hashing.report();
        self.readers.index.report();
        for (component, condition) in self.health() {
            gauge!("bioentrust_component_health", "component" => component).set(condition.share());
        }
    }
}

impl Condition {
    /// How much of it works.
    fn share(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Degraded => 0.5,
            Self::Down => 0.0,
        }
    }
}
