//! Tries that were admitted and not settled yet.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clocks::believed;
use crate::domain::Timestamp;

/// A try lapses after one to two of these: later than any request may run (10 s, S-87), and
/// within a minute. A caller settles before it answers, so a try unsettled for so long told its
/// client nothing, and counts no more.
const GENERATION: Duration = Duration::from_secs(30);

/// They count as failures until settled, so that parallel tries cannot exceed a limit (S-53).
///
/// Counted in two generations, the younger settled first: what a crash left unsettled ages and
/// lapses, also where new tries are admitted all the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InFlight {
    /// Admitted since `since`.
    young: u32,
    /// Admitted in the generation before.
    old: u32,
    since: Timestamp,
    last_at: Timestamp,
}

impl InFlight {
    /// As it stands at `now`: lapsed tries are gone, and a clock set back ends no wait later.
    pub(super) fn as_of(self, now: Timestamp) -> Self {
        let (since, last_at) = (believed(self.since, now), believed(self.last_at, now));
        let age = now.since(since);
        let aged = if age >= 2 * GENERATION {
            Self::default()
        } else if age >= GENERATION {
            Self { young: 0, old: self.young, since: since.after(GENERATION), last_at }
        } else {
            Self { since, last_at, ..self }
        };
        if aged.tries() == 0 { Self::default() } else { aged }
    }

    pub(super) fn admit(&mut self, now: Timestamp) {
        if self.tries() == 0 {
            self.since = now;
        }
        self.young = self.young.saturating_add(1);
        self.last_at = self.last_at.max(now);
    }

    pub(super) fn settle(&mut self) {
        let from = if self.young > 0 { &mut self.young } else { &mut self.old };
        *from = from.saturating_sub(1);
        if self.tries() == 0 {
            *self = Self::default();
        }
    }

    pub(super) fn tries(self) -> u32 {
        self.young.saturating_add(self.old)
    }

    /// When the latest of them was admitted, if there is one.
    pub(super) fn last_at(self) -> Option<Timestamp> {
        (self.tries() > 0).then_some(self.last_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000);

    fn seconds(n: u64) -> Timestamp {
        START.after(Duration::from_secs(n))
    }

    #[test]
    fn a_try_that_is_never_settled_lapses_within_a_minute() {
        let mut in_flight = InFlight::default();
        in_flight.admit(START);
        let almost = seconds(60).before(Duration::from_millis(1));
        assert_eq!(in_flight.as_of(almost).tries(), 1);
        assert_eq!(in_flight.as_of(seconds(60)).tries(), 0);
    }

    #[test]
    fn a_try_counts_for_longer_than_a_request_may_run_s87() {
        let mut in_flight = InFlight::default();
        in_flight.admit(START);
        in_flight = in_flight.as_of(seconds(29));
        in_flight.admit(seconds(29));
        in_flight.settle();
        in_flight.admit(seconds(29));
        assert_eq!(in_flight.as_of(seconds(59)).tries(), 2);
        assert_eq!(in_flight.as_of(seconds(60)).tries(), 0);
    }

    #[test]
    fn tries_that_a_crash_left_lapse_however_busy_the_account_is() {
        let mut in_flight = InFlight::default();
        for _ in 0..5 {
            in_flight.admit(START);
        }
        for n in 1..=60 {
            in_flight = in_flight.as_of(seconds(n));
            in_flight.admit(seconds(n));
            in_flight.settle();
        }
        assert_eq!(in_flight.as_of(seconds(61)).tries(), 0);
    }

    #[test]
    fn settling_more_than_was_admitted_is_harmless() {
        let mut in_flight = InFlight::default();
        in_flight.settle();
        assert_eq!(in_flight, InFlight::default());
    }

    #[test]
    fn the_try_of_a_clock_set_back_lapses_within_a_minute_f18() {
        let mut in_flight = InFlight::default();
        in_flight.admit(seconds(3_600));
        let corrected = in_flight.as_of(START);
        assert_eq!((corrected.tries(), corrected.last_at()), (1, Some(START)));
        assert_eq!(corrected.as_of(seconds(60)).tries(), 0);
    }
}
