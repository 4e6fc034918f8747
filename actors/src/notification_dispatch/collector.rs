//! Takes up what the outbox has due: what this process gave back, and what another one held when
//! it ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::courier::Courier;
use super::outbox::LEASE;

/// Between two looks when nothing more was due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Entries in memory at once. They have places of their own: a long outage's news take none
/// from the codes of today.
const AT_ONCE: usize = 64;

/// Runs until shutdown begins. News are mails: it heeds the breaker of their channel.
pub(super) async fn collect(courier: Arc<Courier>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        // Before the look: it hears of every close that follows.
        let closed = courier.email.closed();
        let ready = tokio::select! {
            permit = Arc::clone(&places).acquire_owned() => permit.ok(),
            _ = courier.shutdown.begun() => None,
        };
        let Some(permit) = ready else { return };
        if look(&courier, &places, permit).await {
            continue;
        }
        tokio::select! {
            () = closed => {}
            () = sleep(LOOK_EVERY) => {}
            _ = courier.shutdown.begun() => return,
        }
    }
}

/// Takes up what is due. `true`: there may be more.
async fn look(
    courier: &Arc<Courier>,
    places: &Arc<Semaphore>,
    permit: OwnedSemaphorePermit,
) -> bool {
    let is_open = courier.email.open_until().is_some();
    // While the channel fails, only a probe is wanted.
    let limit = if is_open { 1 } else { places.available_permits() + 1 };
    let now = courier.clock.now();
    // The backend has logged a failure.
    let due = courier.outbox.claim_due(now, now.after(LEASE), limit).await.unwrap_or_default();
    let may_be_more = due.len() == limit && !is_open;
    let mut permit = Some(permit);
    for entry in due {
        let free = || Arc::clone(places).try_acquire_owned().ok();
        let Some(place) = permit.take().or_else(free) else { break };
        let parcel = courier.take_up(entry, place);
        actix::spawn(Arc::clone(courier).carry(parcel));
    }
    may_be_more
}
