//! Token buckets, as the generic cell rate algorithm (ITU-T I.371): one number each.

use std::time::Duration;

use super::Rate;
use crate::domain::Timestamp;

/// When a bucket will be full again, in microseconds since the epoch: milliseconds would round
/// rates of a thousand a second by a half. The default is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    full_at: u64,
}

impl Bucket {
    /// Takes one token, or tells how long until there is one.
    pub(super) fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        let (now, interval) = (micros(now), interval(rate));
        let burst = interval.saturating_mul(u64::from(rate.burst));
        // Never emptier than empty: a clock set back must not lock anybody out.
        self.full_at = self.full_at.clamp(now, now.saturating_add(burst));
        let after = self.full_at.saturating_add(interval);
        let wait = after.saturating_sub(now.saturating_add(burst));
        if wait > 0 {
            return Err(Duration::from_micros(wait));
        }
        self.full_at = after;
        Ok(())
    }

    /// From then on it is like a bucket never used.
    pub(super) fn full_at(self) -> Timestamp {
        Timestamp::from_millis(self.full_at.div_ceil(1000))
    }
}

/// The time that one token takes, rounded up: never more than the rate.
fn interval(rate: Rate) -> u64 {
    let per = u64::try_from(rate.per.as_micros()).unwrap_or(u64::MAX);
    per.div_ceil(u64::from(rate.count.max(1))).max(1)
}

fn micros(at: Timestamp) -> u64 {
    at.as_millis().saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: u64 = 1_642_344_000_000;
    const TEN_A_MINUTE: Rate = Rate { count: 10, per: Duration::from_mins(1), burst: 20 };

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(START + millis)
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_the_rate() {
        let mut bucket = Bucket::default();
        for n in 0..20 {
            assert_eq!(bucket.take(TEN_A_MINUTE, at(0)), Ok(()), "{n}");
        }
        assert_eq!(bucket.take(TEN_A_MINUTE, at(0)), Err(Duration::from_secs(6)));
        assert_eq!(bucket.take(TEN_A_MINUTE, at(5_999)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(TEN_A_MINUTE, at(6_000)), Ok(()));
        assert_eq!(bucket.take(TEN_A_MINUTE, at(6_000)), Err(Duration::from_secs(6)));
    }

    #[test]
    fn a_refusal_costs_nothing() {
        let (mut asked_often, mut asked_once) = (Bucket::default(), Bucket::default());
        for _ in 0..20 {
            asked_often.take(TEN_A_MINUTE, at(0)).unwrap();
            asked_once.take(TEN_A_MINUTE, at(0)).unwrap();
        }
        for n in 0..1000 {
            assert!(asked_often.take(TEN_A_MINUTE, at(n)).is_err());
        }
        assert_eq!(asked_often, asked_once);
    }

    #[test]
    fn f_18_a_clock_set_back_ten_years_costs_no_more_than_an_empty_bucket() {
        let mut bucket = Bucket::default();
        bucket.take(TEN_A_MINUTE, at(315_360_000_000)).unwrap();
        assert_eq!(bucket.take(TEN_A_MINUTE, at(0)), Err(Duration::from_secs(6)));
        assert_eq!(bucket.take(TEN_A_MINUTE, at(6_000)), Ok(()));
    }

    #[test]
    fn a_bucket_may_be_forgotten_when_it_is_full() {
        let mut bucket = Bucket::default();
        bucket.take(TEN_A_MINUTE, at(0)).unwrap();
        bucket.take(TEN_A_MINUTE, at(0)).unwrap();
        assert_eq!(bucket.full_at(), at(12_000));
    }

    proptest! {
        /// Whatever the spread of requests: in any stretch of time no more than its share of the
        /// rate and one burst.
        #[test]
        fn no_interleaving_admits_more_than_rate_and_burst(
            count in 1_u32..2000, per_millis in 1_u64..100_000, burst in 1_u32..50,
            pauses in prop::collection::vec(0_u64..2_000, 1..300),
        ) {
            let rate = Rate { count, per: Duration::from_millis(per_millis), burst };
            let (mut bucket, mut now, mut admitted) = (Bucket::default(), 0, Vec::new());
            for pause in pauses {
                now += pause;
                if bucket.take(rate, at(now)).is_ok() {
                    admitted.push(now);
                }
            }
            for (first, from) in admitted.iter().enumerate() {
                for (last, to) in admitted.iter().enumerate().skip(first) {
                    let share = u128::from(to - from) * u128::from(count) / u128::from(per_millis);
                    prop_assert!((last - first + 1) as u128 <= u128::from(burst) + share);
                }
            }
        }

        #[test]
        fn who_waits_as_told_is_admitted_and_who_waits_less_is_not(
            count in 1_u32..100, per_millis in 1_000_u64..100_000, burst in 1_u32..20,
            pauses in prop::collection::vec(0_u64..2_000, 1..100),
        ) {
            let rate = Rate { count, per: Duration::from_millis(per_millis), burst };
            let (mut bucket, mut now) = (Bucket::default(), 0);
            for pause in pauses {
                now += pause;
                if let Err(wait) = bucket.take(rate, at(now)) {
                    let wait = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap();
                    prop_assert!(wait == 0 || bucket.take(rate, at(now + wait - 1)).is_err());
                    now += wait;
                    prop_assert_eq!(bucket.take(rate, at(now)), Ok(()));
                }
            }
        }
    }
}
