//! Tries that were admitted and not settled yet.

use std::time::Duration;

use crate::domain::Timestamp;

/// Longer than any request may run (10 s, S-87). A caller settles before it answers, so a try
/// unsettled for this long told its client nothing, and counts no more.
const LAPSES_AFTER: Duration = Duration::from_mins(1);

/// They count as failures until settled, so that parallel tries cannot exceed a limit (S-53).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct InFlight {
    tries: u32,
    last_at: Timestamp,
}

impl InFlight {
    /// As it stands at `now`: lapsed tries are gone, and a clock set back ends no wait later.
    pub(super) fn as_of(self, now: Timestamp) -> Self {
        if self.tries == 0 || now >= self.last_at.after(LAPSES_AFTER) {
            return Self::default();
        }
        Self { tries: self.tries, last_at: self.last_at.min(now) }
    }

    pub(super) fn admit(&mut self, now: Timestamp) {
        *self = Self { tries: self.tries.saturating_add(1), last_at: now };
    }

    pub(super) fn settle(&mut self) {
        *self = match self.tries {
            0 | 1 => Self::default(),
            tries => Self { tries: tries - 1, last_at: self.last_at },
        };
    }

    pub(super) fn tries(self) -> u32 {
        self.tries
    }

    /// When the latest of them was admitted, if there is one.
    pub(super) fn last_at(self) -> Option<Timestamp> {
        (self.tries > 0).then_some(self.last_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_that_is_never_settled_lapses() {
        let start = Timestamp::from_secs(1_000);
        let mut in_flight = InFlight::default();
        in_flight.admit(start);
        let almost = start.after(LAPSES_AFTER).before(Duration::from_millis(1));
        assert_eq!(in_flight.as_of(almost).tries(), 1);
        assert_eq!(in_flight.as_of(start.after(LAPSES_AFTER)).tries(), 0);
    }

    #[test]
    fn settling_more_than_was_admitted_is_harmless() {
        let mut in_flight = InFlight::default();
        in_flight.settle();
        assert_eq!(in_flight, InFlight::default());
    }
}
