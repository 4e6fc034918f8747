//! One notice on its way: waits for a lane, tries, waits, tries again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use super::retry::{History, JITTER_RANGE, Next, is_expired};
use super::{Channels, DeliveryError, DeliveryFailure, Medium, Notice, RetryRules, Templates};
use crate::domain::{Language, Timestamp};
use crate::runtime::{Clock, Random};

/// A try that takes longer is given up, as perhaps delivered. Longer than any healthy server
/// takes, short enough that a silent one does not hold the lanes for ever.
const LONGEST_TRY: Duration = Duration::from_secs(30);

/// What all deliveries share.
pub(super) struct Courier {
    pub(super) channels: Channels,
    pub(super) templates: Arc<Templates>,
    pub(super) retry: RetryRules,
    pub(super) email_lanes: Semaphore,
    pub(super) sms_lanes: Semaphore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// A notice on its way. It is written anew for each try: waiting, it takes a tenth of the memory.
pub(super) struct Parcel {
    notice: Notice,
    language: Language,
    valid_until: Option<Timestamp>,
}

impl Parcel {
    /// Validity counts from `now`.
    pub(super) fn pack(notice: Notice, language: Language, now: Timestamp) -> Self {
        let valid_until = notice.validity().map(|validity| now.after(validity));
        Self { notice, language, valid_until }
    }
}

impl Courier {
    /// Delivers, or gives up. A panic of the channel costs this notice only.
    pub(super) async fn carry(self: Arc<Self>, parcel: Parcel) {
        let (medium, kind) = (parcel.notice.kind().medium(), parcel.notice.kind().name());
        let delivery = AssertUnwindSafe(self.deliver(&parcel)).catch_unwind();
        match delivery.await {
            Ok((outcome, tries)) => {
                info!(medium = name(medium), kind, tries, outcome, "notice dealt with");
            }
            Err(_) => {
                error!(medium = name(medium), kind, "a channel panicked, its notice is lost");
            }
        }
    }

    /// The outcome's name, and the tries it took.
    async fn deliver(&self, parcel: &Parcel) -> (&'static str, u32) {
        let mut history = History::default();
        loop {
            let Some(result) = self.attempt(parcel).await else {
                return ("expired", history.tries);
            };
            history.tries += 1;
            let Err(failure) = result else { return ("delivered", history.tries) };
            let kind = parcel.notice.kind();
            let (medium, kind) = (name(kind.medium()), kind.name());
            warn!(medium, kind, tries = history.tries, %failure, "delivery failed");
            let (now, jitter) = (self.clock.now(), self.random.below(JITTER_RANGE));
            match self.retry.next(failure.kind, history, parcel.valid_until, now, jitter) {
                Next::Wait(wait) => tokio::time::sleep(wait).await,
                Next::Expire => return ("expired", history.tries),
                Next::GiveUp => return ("given_up", history.tries),
            }
            history.perhaps_delivered |= failure.kind == DeliveryError::Ambiguous;
        }
    }

    /// One try, on a lane of the medium; `None` when the notice expired before its turn.
    async fn attempt(&self, parcel: &Parcel) -> Option<Result<(), DeliveryFailure>> {
        let medium = parcel.notice.kind().medium();
        let lanes = match medium {
            Medium::Email => &self.email_lanes,
            Medium::Sms => &self.sms_lanes,
        };
        // Never closed. Held during the try only: a notice that waits to retry blocks nobody.
        let _lane = lanes.acquire().await;
        if is_expired(parcel.valid_until, self.clock.now()) {
            return None;
        }
        let message = match self.templates.write(&parcel.notice, &parcel.language) {
            Ok(message) => Arc::new(message),
            Err(fault) => return Some(Err(DeliveryFailure::new(DeliveryError::Permanent, fault))),
        };
        let delivery = self.channels.of(medium).deliver(message);
        let in_time = tokio::time::timeout(LONGEST_TRY, delivery).await;
        Some(in_time.unwrap_or_else(|_| {
            Err(DeliveryFailure::new(DeliveryError::Ambiguous, "no answer in time"))
        }))
    }
}

fn name(medium: Medium) -> &'static str {
    match medium {
        Medium::Email => "email",
        Medium::Sms => "sms",
    }
}
