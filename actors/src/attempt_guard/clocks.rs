//! Moments that other clocks have told: another machine's, or this one's before it was set.

use std::time::Duration;

use crate::domain::Timestamp;

/// How far two clocks may be apart: machines by 2 s (S-96), and a decision may wait for its turn
/// after its moment was read.
const APART: Duration = Duration::from_secs(5);

/// A past moment as it is to be believed at `now`. One in the near future is another clock's and
/// stands; one further away comes from a clock that has been set back since (F-18).
pub(super) fn believed(at: Timestamp, now: Timestamp) -> Timestamp {
    if at.since(now) > APART { now } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_differ_a_little_are_believed_s96() {
        let now = Timestamp::from_secs(1_000);
        for ahead in [0, 2, 5] {
            let at = now.after(Duration::from_secs(ahead));
            assert_eq!(believed(at, now), at);
        }
        let past = Timestamp::from_secs(1);
        assert_eq!(believed(past, now), past);
    }

    #[test]
    fn a_moment_of_a_clock_since_set_back_is_now_f18() {
        let now = Timestamp::from_secs(1_000);
        assert_eq!(believed(now.after(APART + Duration::from_millis(1)), now), now);
    }
}
