//! One notice on its way: waits for its turn, tries, waits, tries again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{error, info, warn};

use super::backend::OutboxBackend;
use super::delivery_log::DeliveryLog;
use super::gate::{Gate, Pass};
use super::in_flight::InFlight;
use super::outbox::HOLD;
use super::parcel::Parcel;
use super::retry::{JITTER_RANGE, Next};
use super::shutdown::Shutdown;
use super::{
    Channels, DeliveryError, DeliveryFailure, DeliveryState, DispatchRules, Medium, RetryRules,
    Templates, metrics,
};
use crate::domain::Timestamp;
use crate::runtime::{Clock, Random};

/// A try that takes longer is given up, as perhaps delivered. Longer than any healthy server
/// takes. With the breaker's 30 s it is still less than the minute within which mail must flow
/// again when a server that gave no answer recovers (F-09).
const LONGEST_TRY: Duration = Duration::from_secs(20);

/// What all deliveries share.
pub(super) struct Courier {
    pub(super) channels: Channels,
    pub(super) templates: Arc<Templates>,
    pub(super) email: Gate,
    pub(super) sms: Gate,
    pub(super) rules: DispatchRules,
    pub(super) outbox: Arc<dyn OutboxBackend>,
    pub(super) log: DeliveryLog,
    pub(super) in_flight: Arc<InFlight>,
    pub(super) shutdown: Shutdown,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// How a parcel leaves this process.
enum Departure {
    /// For good.
    DealtWith(DeliveryState),
    /// To the outbox, due then.
    GivenBack(Timestamp),
    /// Undelivered: the process ends before its next try.
    LeftBehind,
}

impl Courier {
    /// Delivers, gives up, or gives back to the outbox.
    pub(super) async fn carry(self: Arc<Self>, mut parcel: Parcel) {
        match self.deliver(&mut parcel).await {
            Departure::DealtWith(outcome) => {
                let Parcel { medium, kind, history, .. } = parcel;
                self.reached(&parcel, outcome);
                metrics::dealt_with(medium, kind, outcome);
                let (medium, tries, outcome) = (medium.name(), history.tries, outcome.name());
                info!(medium, kind, tries, outcome, "notice dealt with");
                if let Some((id, _)) = parcel.kept
                    && let Err(error) = self.outbox.settle(id).await
                {
                    warn!(%error, kind, "news stay in the outbox and will be sent once more");
                }
            }
            Departure::GivenBack(until) => self.give_back(&parcel, until).await,
            Departure::LeftBehind if parcel.kept.is_some() => {
                self.give_back(&parcel, self.clock.now()).await;
            }
            Departure::LeftBehind => parcel.place.lose(),
        }
    }

    pub(super) fn gate(&self, medium: Medium) -> &Gate {
        match medium {
            Medium::Email => &self.email,
            Medium::Sms => &self.sms,
        }
    }

    async fn deliver(&self, parcel: &mut Parcel) -> Departure {
        // News wait in memory for a while only: then anybody may take them up.
        let held_until = parcel.kept.map(|_| Instant::now() + HOLD);
        loop {
            let pass = match self.turn(parcel, held_until).await {
                Ok(pass) => pass,
                Err(departure) => return departure,
            };
            self.reached(parcel, DeliveryState::Sending);
            let result = self.attempt(parcel).await;
            self.gate(parcel.medium).settle(parcel.id, &result);
            drop(pass);
            parcel.history.tries = parcel.history.tries.saturating_add(1);
            let Err(failure) = result else {
                return Departure::DealtWith(DeliveryState::Delivered);
            };
            let wait = match self.after(parcel, &failure) {
                Ok(wait) => wait,
                Err(outcome) => return Departure::DealtWith(outcome),
            };
            self.reached(parcel, DeliveryState::Waiting);
            let wake = Instant::now() + wait;
            if held_until.is_some_and(|end| wake > end) {
                return Departure::GivenBack(self.clock.now().after(wait));
            }
            tokio::select! {
                () = sleep_until(wake) => {}
                () = self.shutdown.ends_before(wake) => return Departure::LeftBehind,
            }
        }
    }

    /// Waits for a lane while the channel works.
    async fn turn(
        &self,
        parcel: &Parcel,
        held_until: Option<Instant>,
    ) -> Result<Pass<'_>, Departure> {
        let gate = self.gate(parcel.medium);
        let expired = || Departure::DealtWith(parcel.ended(DeliveryState::Expired));
        loop {
            let left = parcel.valid_until.since(self.clock.now());
            tokio::select! {
                biased;
                pass = gate.pass() => {
                    let is_expired = self.clock.now() >= parcel.valid_until;
                    return if is_expired { Err(expired()) } else { Ok(pass) };
                }
                () = sleep(left) => {
                    // Wall clocks may be set back meanwhile.
                    if self.clock.now() >= parcel.valid_until {
                        return Err(expired());
                    }
                }
                () = until(held_until) => return Err(Departure::GivenBack(self.clock.now())),
                () = self.no_turn_left(gate) => return Err(Departure::LeftBehind),
            }
        }
    }

    /// Resolves when the process will have ended before the channel may be tried again.
    async fn no_turn_left(&self, gate: &Gate) {
        let end = self.shutdown.begun().await;
        if gate.open_until().is_none_or(|until| until <= end) {
            sleep_until(end).await;
        }
    }

    /// One try. A panic of the channel costs this try only.
    async fn attempt(&self, parcel: &Parcel) -> Result<(), DeliveryFailure> {
        let delivery = async {
            let message =
                self.templates.write(&parcel.notice, &parcel.language).map_err(|fault| {
                    error!(%fault, "a notice cannot be written");
                    DeliveryFailure::new(DeliveryError::Permanent, "it cannot be written")
                })?;
            self.channels.of(parcel.medium).deliver(Arc::new(message)).await
        };
        let doubt = |words| Err(DeliveryFailure::new(DeliveryError::Ambiguous, words));
        match timeout(LONGEST_TRY, AssertUnwindSafe(delivery).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => {
                error!(medium = parcel.medium.name(), kind = parcel.kind, "a channel panicked");
                doubt("the channel panicked")
            }
            Err(_) => doubt("no answer in time"),
        }
    }

    /// What follows from a failed try: a wait, or the end.
    fn after(
        &self,
        parcel: &mut Parcel,
        failure: &DeliveryFailure,
    ) -> Result<Duration, DeliveryState> {
        let Parcel { kind, medium, history, valid_until, .. } = *parcel;
        let tries = history.tries;
        warn!(medium = medium.name(), kind, tries, %failure, "delivery failed");
        self.log.failed(parcel.id, failure.to_string());
        let rules = self.retry_rules(medium);
        let (now, jitter) = (self.clock.now(), self.random.below(JITTER_RANGE));
        let next = rules.next(failure.kind, history, valid_until, now, jitter);
        parcel.history.perhaps_delivered |= failure.kind == DeliveryError::Ambiguous;
        match next {
            Next::Wait(wait) => Ok(wait),
            Next::Expire => Err(parcel.ended(DeliveryState::Expired)),
            Next::GiveUp => Err(parcel.ended(DeliveryState::Failed)),
        }
    }

    async fn give_back(&self, parcel: &Parcel, until: Timestamp) {
        self.reached(parcel, DeliveryState::Waiting);
        let Some((id, claim)) = parcel.kept else { return };
        // If this fails, the entry is due when the lease ends; the backend has logged why.
        let _ = self.outbox.postpone(id, claim, until, parcel.history).await;
    }

    fn reached(&self, parcel: &Parcel, state: DeliveryState) {
        self.log.reached(parcel.id, state, parcel.history.tries, self.clock.now());
    }

    fn retry_rules(&self, medium: Medium) -> &RetryRules {
        match medium {
            Medium::Email => &self.rules.email,
            Medium::Sms => &self.rules.sms,
        }
    }
}

impl Parcel {
    /// `state`, unless an earlier try may have delivered it after all.
    fn ended(&self, state: DeliveryState) -> DeliveryState {
        if self.history.perhaps_delivered { DeliveryState::PerhapsDelivered } else { state }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
