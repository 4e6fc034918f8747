//! Writes the trail behind the actor's back, so that nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::trail::Trail;

/// What is recorded within this time shares one write. It is also what a killed process loses.
pub(super) const WINDOW: Duration = Duration::from_secs(1);
/// How often what is old is forgotten where nothing new is recorded.
const PURGE_EVERY: Duration = Duration::from_hours(1);

/// Runs until the trail ends.
pub(super) async fn write_out(trail: Arc<Trail>) {
    let stop = trail.stop.clone();
    let work = async {
        let mut idle = WINDOW;
        loop {
            tokio::select! {
                () = trail.queue.filled() => sleep(WINDOW).await,
                () = sleep(idle) => {}
            }
            trail.write_waiting().await;
            idle = if trail.purge().await { WINDOW } else { PURGE_EVERY };
        }
    };
    stop.run_until_cancelled(work).await;
}
