//! Work that is begun at a rate.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Calls `begin` with 0, 1, 2 … so many times a second; it must not wait for what it begins. How
/// much too late the latest was: the machine had no time.
pub async fn at_rate(rate: f64, time: Duration, mut begin: impl FnMut(u32)) -> Duration {
    let started = Instant::now();
    let mut latest = Duration::ZERO;
    for number in 0.. {
        let due = Duration::from_secs_f64(f64::from(number) / rate);
        if due >= time {
            break;
        }
        sleep_until(started + due).await;
        latest = latest.max(started.elapsed().saturating_sub(due));
        begin(number);
    }
    latest
}
