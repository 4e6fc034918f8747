//! Whether and when a failed delivery is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::DeliveryError;
use crate::domain::Timestamp;

/// A server that asks for more time is asked again all the same.
const LONGEST_ASKED: Duration = Duration::from_mins(5);

/// Exponential back-off with jitter, within the validity of the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryRules {
    /// The wait after the first try, before jitter; each further wait doubles.
    pub first_wait: Duration,
    /// No wait of our own is longer.
    pub longest_wait: Duration,
    /// Tries altogether; none: as long as the notice is valid.
    pub tries: Option<u32>,
}

impl RetryRules {
    /// 1, 2, 4, 8, 16, 30, 30, … s between tries, each ± 50 % but none above 30 s: mail arrives
    /// within a minute of the end of an outage, however long it was (F-09).
    #[must_use]
    pub const fn email() -> Self {
        let (first_wait, longest_wait) = (Duration::from_secs(1), Duration::from_secs(30));
        Self { first_wait, longest_wait, tries: None }
    }

    /// 2 and 4 s between three tries: each may cost money (F-11).
    #[must_use]
    pub const fn sms() -> Self {
        Self { first_wait: Duration::from_secs(2), tries: Some(3), ..Self::email() }
    }
}

/// What became of a notice so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    /// Tries made.
    pub(crate) tries: u32,
    /// An earlier try may have delivered the message.
    pub(crate) perhaps_delivered: bool,
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
        valid_until: Timestamp,
        now: Timestamp,
        jitter: u32,
    ) -> Next {
        let asked = match error {
            DeliveryError::Permanent => return Next::GiveUp,
            DeliveryError::Ambiguous => None,
            DeliveryError::Transient { retry_after } => retry_after,
        };
        // One more try after a doubtful one: a second copy does less harm than none, a third not.
        if history.perhaps_delivered || self.tries.is_some_and(|tries| history.tries >= tries) {
            return Next::GiveUp;
        }
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        let wait = self.back_off(history.tries, jitter).max(asked);
        if now.after(wait) >= valid_until { Next::Expire } else { Next::Wait(wait) }
    }

    /// From 50 to 150 % of the exponential wait, up to the longest.
    fn back_off(&self, tries: u32, jitter: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let wait = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        (wait.saturating_mul(500 + jitter) / 1000).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);
    const FOR_EVER: Timestamp = Timestamp::from_millis(u64::MAX);
    const MIDDLE: u32 = 500;
    const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };
    const KINDS: [DeliveryError; 3] =
        [TRANSIENT, DeliveryError::Ambiguous, DeliveryError::Permanent];

    fn after(tries: u32) -> History {
        History { tries, perhaps_delivered: false }
    }

    fn next(error: DeliveryError, history: History) -> Next {
        RetryRules::email().next(error, history, FOR_EVER, NOW, MIDDLE)
    }

    #[test]
    fn mail_is_tried_again_with_doubling_waits_up_to_30_seconds_without_end_f09() {
        let waits = [1, 2, 4, 8, 16, 30, 30].map(|secs| Next::Wait(Duration::from_secs(secs)));
        assert_eq!([1, 2, 3, 4, 5, 6, 1000].map(|tries| next(TRANSIENT, after(tries))), waits);
    }

    #[test]
    fn a_text_message_is_tried_three_times_f11() {
        let next = |tries| RetryRules::sms().next(TRANSIENT, after(tries), FOR_EVER, NOW, MIDDLE);
        let waits = [2, 4].map(|secs| Next::Wait(Duration::from_secs(secs)));
        assert_eq!([next(1), next(2)], waits);
        assert_eq!(next(3), Next::GiveUp);
    }

    #[test]
    fn a_permanent_failure_is_not_tried_again() {
        assert_eq!(next(DeliveryError::Permanent, after(1)), Next::GiveUp);
    }

    #[test]
    fn after_a_doubtful_try_there_is_one_more_whatever_comes_of_it() {
        assert_eq!(next(DeliveryError::Ambiguous, after(1)), Next::Wait(Duration::from_secs(1)));
        let doubtful = History { tries: 2, perhaps_delivered: true };
        for error in KINDS {
            assert_eq!(next(error, doubtful), Next::GiveUp);
        }
    }

    #[test]
    fn the_other_side_may_ask_for_a_longer_wait_but_not_a_shorter_one_f11() {
        for (asked, granted) in [(0, 1000), (60_000, 60_000), (3_600_000, 300_000)] {
            let retry_after = Some(Duration::from_millis(asked));
            let wait = next(DeliveryError::Transient { retry_after }, after(1));
            assert_eq!(wait, Next::Wait(Duration::from_millis(granted)));
        }
    }

    #[test]
    fn no_try_is_made_at_or_after_the_end_of_validity_f09() {
        let at_the_end = NOW.after(Duration::from_secs(1));
        let just_before = NOW.after(Duration::from_millis(1001));
        let next = |end| RetryRules::email().next(TRANSIENT, after(1), end, NOW, MIDDLE);
        assert_eq!(next(at_the_end), Next::Expire);
        assert_eq!(next(just_before), Next::Wait(Duration::from_secs(1)));
    }

    proptest! {
        #[test]
        fn every_wait_is_within_half_of_its_step_and_the_cap(
            tries in 1_u32..100, jitter in 0..JITTER_RANGE, first in 1_u64..100_000,
        ) {
            let first_wait = Duration::from_millis(first);
            let rules = RetryRules { first_wait, ..RetryRules::email() };
            let Next::Wait(wait) = rules.next(TRANSIENT, after(tries), FOR_EVER, NOW, jitter) else {
                return Err(TestCaseError::fail("tries are left"));
            };
            let step = first_wait.saturating_mul(2_u32.saturating_pow(tries - 1));
            let step = step.min(rules.longest_wait);
            prop_assert!(wait >= step / 2 && wait <= step * 3 / 2 && wait <= rules.longest_wait);
        }

        #[test]
        fn a_code_s_mail_is_tried_at_least_three_times_within_its_life_f09(
            life in 10_u64..600, jitter in proptest::collection::vec(0..JITTER_RANGE, 3),
        ) {
            let (mut now, mut history) = (NOW, History::default());
            let end = NOW.after(Duration::from_secs(life));
            for jitter in jitter.into_iter().take(2) {
                history.tries += 1;
                let next = RetryRules::email().next(TRANSIENT, history, end, now, jitter);
                let Next::Wait(wait) = next else { return Err(TestCaseError::fail("too early")) };
                now = now.after(wait);
            }
            prop_assert!(now < end);
        }

        #[test]
        fn no_series_of_failures_is_endless_and_doubt_allows_one_more_try(
            errors in proptest::collection::vec(0_usize..3, 1..20),
        ) {
            let mut history = History::default();
            let mut tries_after_doubt = 0;
            for error in errors {
                history.tries += 1;
                tries_after_doubt += u32::from(history.perhaps_delivered);
                let error = KINDS[error];
                let next = RetryRules::sms().next(error, history, FOR_EVER, NOW, MIDDLE);
                if next == Next::GiveUp {
                    break;
                }
                history.perhaps_delivered |= error == DeliveryError::Ambiguous;
            }
            prop_assert!(history.tries <= 3 && tries_after_doubt <= 1);
        }
    }
}
