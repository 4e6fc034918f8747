//! The way to a channel: a few lanes, behind a breaker.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::futures::Notified;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

use super::breaker::Breaker;
use super::metrics::MediumMetrics;
use super::{DeliveryError, DeliveryFailure, Medium};

/// The lanes of one medium, and the breaker before them. Media share nothing, so a silent mail
/// server holds up no text message.
pub(super) struct Gate {
    medium: Medium,
    breaker: Mutex<Breaker>,
    closed: Notify,
    /// Held by the one notice that may probe, while it waits for the time and while it probes.
    /// Given in the order of asking: a notice whose probe failed stands behind all others.
    probe: Semaphore,
    lanes: Semaphore,
    metrics: MediumMetrics,
}

/// The right to make one try. It holds a lane until it is dropped.
pub(super) struct Pass<'a> {
    _lane: Option<SemaphorePermit<'a>>,
    _probe: Option<SemaphorePermit<'a>>,
}

impl Gate {
    pub(super) fn new(medium: Medium, lanes: usize) -> Self {
        Self {
            medium,
            breaker: Mutex::default(),
            closed: Notify::new(),
            probe: Semaphore::new(1),
            lanes: Semaphore::new(lanes),
            metrics: MediumMetrics::register(medium),
        }
    }

    /// Waits until a try may be made. Notices get their lanes in the order they asked.
    pub(super) async fn pass(&self) -> Pass<'_> {
        loop {
            let probe = self.passable().await;
            // Never closed. Held during the try only: a notice that waits to retry blocks nobody.
            let lane = self.lanes.acquire().await.ok();
            // It may have opened while this notice waited for its lane.
            if probe.is_some() || self.open_until().is_none() {
                return Pass { _lane: lane, _probe: probe };
            }
        }
    }

    /// Records how a try of `notice` ended. To be called before its pass is dropped: the next
    /// notice in line must not take a failed probe for one that is due.
    pub(super) fn settle(&self, notice: u64, result: &Result<(), DeliveryFailure>) {
        self.metrics.tried(result);
        let asked = match result.as_ref().map_err(|failure| failure.kind) {
            Ok(()) | Err(DeliveryError::Permanent) => return self.works(),
            Err(DeliveryError::Transient { retry_after }) => retry_after,
            Err(DeliveryError::Ambiguous) => None,
        };
        if self.breaker().fails(notice, asked, Instant::now().into_std()) {
            self.metrics.breaker_is_open(true);
            warn!(medium = self.medium.name(), "a channel keeps failing, its notices wait");
        }
    }

    /// When a probe is due, if the breaker is open.
    pub(super) fn open_until(&self) -> Option<Instant> {
        self.breaker().open_until().map(Instant::from_std)
    }

    /// Resolves when the breaker closes.
    pub(super) fn closed(&self) -> Notified<'_> {
        self.closed.notified()
    }

    fn works(&self) {
        if self.breaker().works() {
            self.metrics.breaker_is_open(false);
            info!(medium = self.medium.name(), "a channel works again");
            self.closed.notify_waiters();
        }
    }

    /// Waits while the breaker is open, or until this notice may probe.
    async fn passable(&self) -> Option<SemaphorePermit<'_>> {
        loop {
            // Before the look: it hears of every close that follows.
            let closed = self.closed();
            self.open_until()?;
            tokio::select! {
                () = closed => {}
                turn = self.probe_is_due() => return turn,
            }
        }
    }

    async fn probe_is_due(&self) -> Option<SemaphorePermit<'_>> {
        // Never closed.
        let turn = self.probe.acquire().await.ok();
        // Looked at again after each wait: the probe before may have failed meanwhile.
        while let Some(until) = self.open_until().filter(|until| *until > Instant::now()) {
            sleep_until(until).await;
        }
        turn
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
