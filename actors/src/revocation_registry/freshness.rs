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
}

impl Freshness {
    /// Knows nothing yet.
    pub(super) fn new(max_staleness: Duration) -> Self {
        Self { max_staleness, start: Instant::now(), known_until: AtomicU64::new(0) }
    }

    /// Everything revoked before `at` is known. An earlier moment than known changes nothing.
    pub(super) fn heard(&self, at: Instant) {
        self.known_until.fetch_max(self.millis(at).saturating_add(1), Ordering::Release);
    }

    /// Whether what is known may be relied on.
    pub(super) fn is_fresh(&self) -> bool {
        let known_until = self.known_until.load(Ordering::Acquire);
        let age = self.millis(Instant::now()).saturating_sub(known_until.saturating_sub(1));
        known_until > 0 && Duration::from_millis(age) <= self.max_staleness
    }

    pub(super) fn max_staleness(&self) -> Duration {
        self.max_staleness
    }

    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }
}
