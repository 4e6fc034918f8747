//! One notice on its way: waits for a lane, tries, waits, tries again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use super::compose::{compose, kind, validity};
use super::retry::{History, JITTER_RANGE, Next, is_expired};
use super::{Channels, DeliveryError, DeliveryFailure, Medium, Message, Notice, RetryRules};
use crate::domain::Timestamp;
use crate::runtime::{Clock, Random};

/// A try that takes longer is given up, as perhaps delivered. Longer than any healthy server
/// takes, short enough that a silent one does not hold the lanes for ever.
const LONGEST_TRY: Duration = Duration::from_secs(30);

/// What all deliveries share.
pub(super) struct Courier {
    pub(super) channels: Channels,
    pub(super) retry: RetryRules,
    pub(super) email_lanes: Semaphore,
    pub(super) sms_lanes: Semaphore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
}

/// A composed notice.
pub(super) struct Parcel {
    kind: &'static str,
    message: Arc<Message>,
    valid_until: Option<Timestamp>,
}

impl Parcel {
    /// Validity counts from `now`.
    pub(super) fn pack(notice: &Notice, now: Timestamp) -> Self {
        Self {
            kind: kind(notice),
            message: Arc::new(compose(notice)),
            valid_until: validity(notice).map(|validity| now.after(validity)),
        }
    }
}

impl Courier {
    /// Delivers, or gives up. A panic of the channel costs this notice only.
    pub(super) async fn carry(self: Arc<Self>, parcel: Parcel) {
        let (medium, kind) = (parcel.message.medium, parcel.kind);
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
            let medium = name(parcel.message.medium);
            warn!(medium, kind = parcel.kind, tries = history.tries, %failure, "delivery failed");
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
        let medium = parcel.message.medium;
        let lanes = match medium {
            Medium::Email => &self.email_lanes,
            Medium::Sms => &self.sms_lanes,
        };
        // Never closed. Held during the try only: a notice that waits to retry blocks nobody.
        let _lane = lanes.acquire().await;
        if is_expired(parcel.valid_until, self.clock.now()) {
            return None;
        }
        let delivery = self.channels.of(medium).deliver(Arc::clone(&parcel.message));
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
