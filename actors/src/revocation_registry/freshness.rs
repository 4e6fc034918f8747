//! How lately this node heard from the store what other nodes revoke.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The last moment up to which everything is known that any node revoked.
///
/// Read on every authenticated request, so it is one atomic number; and compared with the clock
/// there, so that nothing needs to run for it to run out.
pub(super) struct Freshness {
    max_staleness: Duration,
    start: Instant,
    /// Milliseconds from `start`, plus one. 0: nothing is known yet.
    known_until: AtomicU64,
    /// Milliseconds from `start`: the last answer of a look or a stream. For operators only.
    last_answer: AtomicU64,
}

/// What an operator wants to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Knowledge {
    /// Since everything was known; since the start, when nothing is known yet.
    pub(super) age: Duration,
    /// Since the store last answered a look or a stream.
    pub(super) lag: Duration,
    /// The age from which on every token is answered 503.
    pub(super) max_staleness: Duration,
}

impl Freshness {
    /// Knows nothing yet.
    pub(super) fn new(max_staleness: Duration) -> Self {
        Self {
            max_staleness,
            start: Instant::now(),
            known_until: AtomicU64::new(0),
            last_answer: AtomicU64::new(0),
        }
    }

    /// Everything revoked before `at` is known. An earlier moment than known changes nothing.
    pub(super) fn heard(&self, at: Instant) {
        self.known_until.fetch_max(self.millis(at).saturating_add(1), Ordering::Release);
        self.answered(at);
    }

    /// The store answered `at`: a stream told of something, or that there is nothing to tell.
    pub(super) fn answered(&self, at: Instant) {
        self.last_answer.fetch_max(self.millis(at), Ordering::Relaxed);
    }

    /// Whether what is known may be relied on.
    pub(super) fn is_fresh(&self) -> bool {
        self.known_until.load(Ordering::Acquire) > 0 && self.age() <= self.max_staleness
    }

    pub(super) fn knowledge(&self) -> Knowledge {
        let lag = self.since(self.last_answer.load(Ordering::Relaxed));
        Knowledge { age: self.age(), lag, max_staleness: self.max_staleness }
    }

    pub(super) fn max_staleness(&self) -> Duration {
        self.max_staleness
    }

    fn age(&self) -> Duration {
        self.since(self.known_until.load(Ordering::Acquire).saturating_sub(1))
    }

    fn since(&self, millis: u64) -> Duration {
        Duration::from_millis(self.millis(Instant::now()).saturating_sub(millis))
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn age_counts_from_the_last_look_and_lag_from_any_answer() {
        let freshness = Freshness::new(Duration::from_secs(30));
        tokio::time::advance(Duration::from_secs(2)).await;
        let seconds = |age, lag| {
            let (age, lag) = (Duration::from_secs(age), Duration::from_secs(lag));
            Knowledge { age, lag, max_staleness: Duration::from_secs(30) }
        };
        assert_eq!(freshness.knowledge(), seconds(2, 2), "nothing is known since the start");
        freshness.heard(Instant::now());
        tokio::time::advance(Duration::from_secs(4)).await;
        freshness.answered(Instant::now());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(freshness.knowledge(), seconds(5, 1));
    }
}
