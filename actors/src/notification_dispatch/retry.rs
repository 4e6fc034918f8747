//! Whether and when a failed delivery is tried again.

use std::time::Duration;

use super::DeliveryError;
use crate::domain::Timestamp;

/// Exponential back-off with jitter, within the validity of the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryRules {
    /// The wait after the first try, before jitter; each further wait doubles.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
    /// Tries altogether.
    pub tries: u32,
}

impl Default for RetryRules {
    /// 1, 2, 4 and 8 s between five tries, each ± 50 %.
    fn default() -> Self {
        Self { first_wait: Duration::from_secs(1), longest_wait: Duration::from_mins(5), tries: 5 }
    }
}

/// What became of a notice so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    /// Tries made.
    pub(super) tries: u32,
    /// An earlier try may have delivered the message.
    pub(super) perhaps_delivered: bool,
}

/// What to do after a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try again after this time.
    Wait(Duration),
    /// The notice would be worthless by then.
    Expire,
    /// Enough was tried, or trying is useless.
    GiveUp,
}

/// Below this, [`RetryRules::next`] expects its jitter.
pub(super) const JITTER_RANGE: u32 = 1001;

impl RetryRules {
    /// Decides after the try that failed with `error`; `history` counts that try.
    ///
    /// `jitter` is uniform below [`JITTER_RANGE`]: it spreads the retries of an outage's victims.
    pub(super) fn next(
        &self,
        error: DeliveryError,
        history: History,
        valid_until: Option<Timestamp>,
        now: Timestamp,
        jitter: u32,
    ) -> Next {
        let asked = match error {
            DeliveryError::Permanent => return Next::GiveUp,
            DeliveryError::Ambiguous => None,
            DeliveryError::Transient { retry_after } => retry_after,
        };
        // One more try after a doubtful one: a second copy does less harm than none, a third not.
        if history.perhaps_delivered || history.tries >= self.tries {
            return Next::GiveUp;
        }
        let wait = self.back_off(history.tries, jitter).max(asked.unwrap_or_default());
        let wait = wait.min(self.longest_wait);
        if is_expired(valid_until, now.after(wait)) { Next::Expire } else { Next::Wait(wait) }
    }

    /// From 50 to 150 % of the exponential wait.
    fn back_off(&self, tries: u32, jitter: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let wait = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        wait.saturating_mul(500 + jitter) / 1000
    }
}

/// Whether a notice that is valid until `valid_until` is worthless `now`.
pub(super) fn is_expired(valid_until: Option<Timestamp>, now: Timestamp) -> bool {
    valid_until.is_some_and(|end| now >= end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);
    const MIDDLE: u32 = 500;
    const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };

    fn after(tries: u32) -> History {
        History { tries, perhaps_delivered: false }
    }

    fn next(error: DeliveryError, history: History) -> Next {
        RetryRules::default().next(error, history, None, NOW, MIDDLE)
    }

    #[test]
    fn a_transient_failure_is_tried_five_times_with_doubling_waits_f09() {
        let waits = [1, 2, 4, 8].map(|secs| Next::Wait(Duration::from_secs(secs)));
        assert_eq!([1, 2, 3, 4].map(|tries| next(TRANSIENT, after(tries))), waits);
        assert_eq!(next(TRANSIENT, after(5)), Next::GiveUp);
    }

    #[test]
    fn a_permanent_failure_is_not_tried_again() {
        assert_eq!(next(DeliveryError::Permanent, after(1)), Next::GiveUp);
    }

    #[test]
    fn after_a_doubtful_try_there_is_one_more_whatever_comes_of_it() {
        assert_eq!(next(DeliveryError::Ambiguous, after(1)), Next::Wait(Duration::from_secs(1)));
        let doubtful = History { tries: 2, perhaps_delivered: true };
        for error in [TRANSIENT, DeliveryError::Ambiguous, DeliveryError::Permanent] {
            assert_eq!(next(error, doubtful), Next::GiveUp);
        }
    }

    #[test]
    fn the_other_side_may_ask_for_a_longer_wait_but_not_a_shorter_one() {
        for (asked, granted) in [(0, 1000), (30_000, 30_000), (3_600_000, 300_000)] {
            let retry_after = Some(Duration::from_millis(asked));
            let wait = next(DeliveryError::Transient { retry_after }, after(1));
            assert_eq!(wait, Next::Wait(Duration::from_millis(granted)));
        }
    }

    #[test]
    fn no_try_is_made_at_or_after_the_end_of_validity_f09() {
        let rules = RetryRules::default();
        let at_the_end = NOW.after(Duration::from_secs(1));
        let just_before = NOW.after(Duration::from_millis(1001));
        let next = |end| rules.next(TRANSIENT, after(1), Some(end), NOW, MIDDLE);
        assert_eq!(next(at_the_end), Next::Expire);
        assert_eq!(next(just_before), Next::Wait(Duration::from_secs(1)));
        assert!(is_expired(Some(NOW), NOW) && !is_expired(Some(at_the_end), NOW));
        assert!(!is_expired(None, NOW));
    }

    proptest! {
        #[test]
        fn every_wait_is_within_half_of_its_step_and_the_cap(
            tries in 1_u32..100, jitter in 0..JITTER_RANGE, first in 1_u64..100_000,
        ) {
            let first_wait = Duration::from_millis(first);
            let rules = RetryRules { first_wait, tries: 1000, ..RetryRules::default() };
            let Next::Wait(wait) = rules.next(TRANSIENT, after(tries), None, NOW, jitter) else {
                return Err(TestCaseError::fail("tries are left"));
            };
            let step = first_wait.saturating_mul(2_u32.saturating_pow(tries - 1));
            let step = step.min(rules.longest_wait);
            prop_assert!(wait >= step / 2 && wait <= step * 3 / 2 && wait <= rules.longest_wait);
        }

        #[test]
        fn no_series_of_failures_is_endless_and_doubt_allows_one_more_try(
            errors in proptest::collection::vec(0_u8..3, 1..20),
        ) {
            let mut history = History::default();
            let mut tries_after_doubt = 0;
            for error in errors {
                history.tries += 1;
                if history.perhaps_delivered {
                    tries_after_doubt += 1;
                }
                let error = [TRANSIENT, DeliveryError::Ambiguous, DeliveryError::Permanent][usize::from(error)];
                if next(error, history) == Next::GiveUp {
                    break;
                }
                history.perhaps_delivered |= error == DeliveryError::Ambiguous;
            }
            prop_assert!(history.tries <= 5 && tries_after_doubt <= 1);
        }
    }
}
