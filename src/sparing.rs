//! Saying something once in a while that is true all the time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const EVERY: Duration = Duration::from_mins(1);

/// Says yes once a minute.
#[derive(Debug, Default)]
pub struct Sparing(Mutex<Option<Instant>>);

impl Sparing {
    /// Whether it is the first time, or a minute after the last yes.
    pub fn is_due(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| now >= last + EVERY);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_yes_once_a_minute() {
        let (sparing, start) = (Sparing::default(), Instant::now());
        let said = [0, 1, 59, 60, 61, 119, 121].map(|secs| {
            let now = start + Duration::from_secs(secs);
            sparing.is_due(now)
        });
        assert_eq!(said, [true, false, false, true, false, false, true]);
    }
}
