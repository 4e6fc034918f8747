//! How long a client waits after failures in a row (S-52).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clocks::believed;
use super::in_flight::InFlight;
use crate::domain::Timestamp;

/// Typing mistakes cost nothing.
const FREE: u32 = 5;
/// Keycloak's bound: an owner who is mistaken for an attacker waits no longer than this.
const LONGEST: Duration = Duration::from_mins(15);
/// Keycloak's failure reset time.
pub(super) const FORGOTTEN_AFTER: Duration = Duration::from_hours(12);
/// NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures.
pub(super) const DISABLED_AT: u32 = 100;

/// Failures with no success between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// How many.
    pub(super) in_a_row: u32,
    /// When the last one was settled.
    pub(super) last_at: Timestamp,
}

impl Failures {
    /// As they stand at `now`: old ones are forgotten, and a clock set back (F-18) does not make
    /// anybody wait longer than the schedule says.
    pub(super) fn as_of(self, now: Timestamp) -> Self {
        if now >= self.expires_at() {
            return Self::default();
        }
        Self { in_a_row: self.in_a_row, last_at: believed(self.last_at, now) }
    }

    /// With one more.
    #[must_use]
    pub(super) fn and_one(self, now: Timestamp) -> Self {
        Self { in_a_row: self.in_a_row.saturating_add(1), last_at: self.last_at.max(now) }
    }

    /// When they are forgotten.
    pub(super) fn expires_at(self) -> Timestamp {
        self.last_at.after(FORGOTTEN_AFTER)
    }

    /// How long until the next try, where unsettled ones count as failed. Zero: now. Never longer
    /// than the schedule, though another machine's clock may be ahead.
    pub(super) fn wait(self, in_flight: InFlight, now: Timestamp) -> Duration {
        let last_at = self.last_at.max(in_flight.last_at().unwrap_or_default());
        last_at.min(now).after(delay(self.in_a_row.saturating_add(in_flight.tries()))).since(now)
    }
}

/// Five are free, then 1, 2, 4 … seconds, 15 minutes at most.
fn delay(failures: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(FREE) else { return Duration::ZERO };
    Duration::from_secs(1_u64.checked_shl(doublings).unwrap_or(u64::MAX)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn delays_double_from_one_second_to_fifteen_minutes_after_five_free_failures_s52() {
        for (failures, seconds) in [
            (0, 0),
            (4, 0),
            (5, 1),
            (6, 2),
            (7, 4),
            (8, 8),
            (9, 16),
            (14, 512),
            (15, 900),
            (99, 900),
            (u32::MAX, 900),
        ] {
            assert_eq!(delay(failures), Duration::from_secs(seconds), "{failures} failures");
        }
    }

    #[test]
    fn failures_are_forgotten_after_twelve_hours_without_one() {
        let at = Timestamp::from_secs(1_000_000);
        let failures = Failures { in_a_row: 9, last_at: at };
        let almost = at.after(FORGOTTEN_AFTER).before(Duration::from_millis(1));
        assert_eq!(failures.as_of(almost).in_a_row, 9);
        assert_eq!(failures.as_of(at.after(FORGOTTEN_AFTER)), Failures::default());
    }

    proptest! {
        #[test]
        fn a_clock_set_back_never_makes_anybody_wait_longer_than_the_schedule(
            in_a_row in 0_u32..200,
            last_at in 0_u64..100_000_000,
            now in 0_u64..100_000_000,
        ) {
            let now = Timestamp::from_millis(now);
            let failures = Failures { in_a_row, last_at: Timestamp::from_millis(last_at) };
            let wait = failures.as_of(now).wait(InFlight::default(), now);
            prop_assert!(wait <= delay(in_a_row));
        }
    }
}
