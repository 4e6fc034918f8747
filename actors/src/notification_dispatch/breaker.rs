//! Whether a channel is worth a try, or left alone for a while (F-11).

use std::time::{Duration, Instant};

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;
/// How long an open breaker lets nothing through, before one notice may probe.
const OPEN_FOR: Duration = Duration::from_secs(30);
/// A server that asks for more is probed all the same.
const LONGEST_ASKED: Duration = Duration::from_mins(5);

/// The state of one channel.
///
/// It opens after five failures in a row of more than one notice: that one mailbox is full, or
/// greylists us, says nothing about the others. Permanent refusals are no failures: a server that
/// refuses is a server that works.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    first: Option<u64>,
    several: bool,
    open_until: Option<Instant>,
}

impl Breaker {
    /// When a probe is due, if the breaker is open.
    pub(super) fn open_until(&self) -> Option<Instant> {
        self.open_until
    }

    /// A try showed that the channel works. `true`: this closed the breaker.
    pub(super) fn works(&mut self) -> bool {
        let was_open = self.open_until.is_some();
        *self = Self::default();
        was_open
    }

    /// A try of `notice` failed; the other side may have `asked` to be left alone. `true`: this
    /// opened the breaker.
    pub(super) fn fails(&mut self, notice: u64, asked: Option<Duration>, now: Instant) -> bool {
        let wait = asked.unwrap_or_default().clamp(OPEN_FOR, LONGEST_ASKED);
        match self.open_until {
            // A try that had begun before it opened tells nothing new.
            Some(until) if now < until => false,
            Some(_) => {
                self.open_until = Some(now + wait);
                false
            }
            None => {
                self.failures = self.failures.saturating_add(1);
                self.several |= *self.first.get_or_insert(notice) != notice;
                let opens = self.several && self.failures >= FAILURES;
                if opens {
                    self.open_until = Some(now + wait);
                }
                opens
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for notice in 0..4 {
            assert!(!breaker.fails(notice, None, now));
        }
        assert!(breaker.fails(4, None, now));
        breaker
    }

    #[test]
    fn it_opens_for_30_seconds_after_five_failures_in_a_row_f11() {
        let now = start();
        assert_eq!(opened(now).open_until(), Some(now + Duration::from_secs(30)));
    }

    #[test]
    fn a_try_that_works_starts_the_count_anew() {
        let (mut breaker, now) = (Breaker::default(), start());
        for _ in 0..10 {
            for notice in 0..4 {
                assert!(!breaker.fails(notice, None, now));
            }
            assert!(!breaker.works());
        }
        assert_eq!(breaker.open_until(), None);
    }

    #[test]
    fn one_mailbox_that_fails_again_and_again_does_not_open_it() {
        let (mut breaker, now) = (Breaker::default(), start());
        for _ in 0..100 {
            assert!(!breaker.fails(7, None, now));
        }
        // The first failure of another notice shows that it is not the mailbox.
        assert!(breaker.fails(8, None, now));
    }

    #[test]
    fn a_failed_probe_opens_it_again_and_one_that_works_closes_it() {
        let now = start();
        let mut breaker = opened(now);
        let later = now + Duration::from_secs(30);
        assert!(!breaker.fails(9, None, later));
        assert_eq!(breaker.open_until(), Some(later + Duration::from_secs(30)));
        assert!(breaker.works());
        assert_eq!(breaker.open_until(), None);
        assert!(!breaker.fails(9, None, later), "the count is at one again");
    }

    #[test]
    fn failures_of_tries_that_began_before_it_opened_do_not_prolong_it() {
        let now = start();
        let mut breaker = opened(now);
        assert!(!breaker.fails(9, None, now + Duration::from_secs(29)));
        assert_eq!(breaker.open_until(), Some(now + Duration::from_secs(30)));
    }

    proptest! {
        #[test]
        fn the_others_wish_is_granted_from_30_seconds_to_5_minutes_f11(asked in 0_u64..10_000) {
            let now = start();
            let mut breaker = Breaker::default();
            for notice in 0..5 {
                breaker.fails(notice, Some(Duration::from_secs(asked)), now);
            }
            let open_for = breaker.open_until().map(|until| until - now);
            prop_assert_eq!(open_for, Some(Duration::from_secs(asked.clamp(30, 300))));
        }
    }
}
