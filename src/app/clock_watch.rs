//! Notices when the wall clock jumps (S-101).
//!
//! Delays run on the monotonic clock, and nothing here goes wrong when the other one is set. But
//! what is stored expires by it: codes, sessions and locks end early, or late.

use std::sync::Arc;
use std::time::Duration;

use actors::domain::Timestamp;
use actors::runtime::Clock;
use tokio::time::{Instant, sleep};
use tracing::warn;

/// Between two looks. Shorter than what is tolerated: a clock that stands still is slow, and has
/// not jumped.
const EVERY: Duration = Duration::from_secs(2);

/// Less is what a time service corrects every day.
const TOLERATED: Duration = Duration::from_secs(5);

/// Both clocks at one moment.
struct Reading {
    wall: Timestamp,
    monotonic: Instant,
}

impl Reading {
    fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), monotonic: Instant::now() }
    }

    /// Where the wall clock was to be by now, if it has since jumped from there to `later`.
    fn missed(&self, later: &Self) -> Option<Timestamp> {
        let expected = self.wall.after(later.monotonic.duration_since(self.monotonic));
        let jump = later.wall.since(expected).max(expected.since(later.wall));
        (jump > TOLERATED).then_some(expected)
    }
}

/// Logs every jump of `clock`, as long as the task lives.
pub(super) async fn watch(clock: Arc<dyn Clock>) {
    let mut last = Reading::of(&*clock);
    loop {
        sleep(EVERY).await;
        let now = Reading::of(&*clock);
        if let Some(expected) = last.missed(&now) {
            warn!(
                forward_ms = millis(now.wall.since(expected)),
                backward_ms = millis(expected.since(now.wall)),
                "the clock of this machine jumped: what expires by it ends that much sooner or later"
            );
        }
        last = now;
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn missed(passed: Duration, wall: Timestamp) -> Option<Timestamp> {
        let monotonic = Instant::now();
        let later = Reading { wall, monotonic: monotonic + passed };
        Reading { wall: START, monotonic }.missed(&later)
    }

    #[test]
    fn s_101_a_clock_that_jumps_by_more_than_five_seconds_is_noticed_in_either_direction() {
        let expected = START.after(EVERY);
        for second in [6, 3600, 10 * 365 * 86_400] {
            let jump = Duration::from_secs(second);
            assert_eq!(missed(EVERY, expected.after(jump)), Some(expected));
            let back = Timestamp::from_millis(expected.as_millis() - 1000 * second);
            assert_eq!(missed(EVERY, back), Some(expected));
        }
    }

    #[test]
    fn s_101_two_seconds_a_clock_that_stands_still_and_a_late_look_are_no_jump() {
        let expected = START.after(EVERY);
        for (passed, wall) in [
            (EVERY, expected),
            (EVERY, expected.after(Duration::from_secs(2))),
            (EVERY, START),
            (EVERY, expected.after(TOLERATED)),
            (Duration::from_mins(1), START.after(Duration::from_mins(1))),
        ] {
            assert_eq!(missed(passed, wall), None, "{passed:?}");
        }
    }
}
