//! The channel: hands each message to a lane of its own, and says what came of it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::error;

use super::failure::{Cause, Failure, Stage};
use super::lane::{Lanes, Progress};
use super::letter::Stationery;
use super::{SmtpSettings, TlsError, tls};
use crate::notification_dispatch::Message;
use crate::notification_dispatch::channel::{Channel, Delivery, DeliveryFailure};
use crate::runtime::{Clock, Random};

/// What a lane needs to notice its own deadline. A lane that takes longer sits in the resolver.
const GRACE: Duration = Duration::from_millis(500);

/// Mails leave through one relay. Clones share its lanes.
#[derive(Clone)]
pub(crate) struct SmtpChannel(Arc<Inner>);

struct Inner {
    lanes: Arc<Lanes>,
    /// One permit for each lane; it belongs to the lane's thread, not to who waits for it.
    permits: Arc<Semaphore>,
    timeout: Duration,
    stationery: Stationery,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl SmtpChannel {
    /// A channel of `lanes` deliveries at once. Nothing is connected yet.
    pub(crate) fn new(
        settings: SmtpSettings,
        lanes: usize,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, TlsError> {
        let tls = tls::client_config(settings.relay.is_encrypted(), settings.ca_file.as_deref())?;
        Ok(Self(Arc::new(Inner {
            lanes: Arc::new(Lanes::new(settings.relay, tls)),
            permits: Arc::new(Semaphore::new(lanes)),
            timeout: settings.timeout,
            stationery: Stationery { from: settings.from, reply_to: settings.reply_to },
            clock,
            random,
        })))
    }

    /// Lanes that no thread holds.
    #[cfg(test)]
    pub(super) fn free_lanes(&self) -> usize {
        self.0.permits.available_permits()
    }
}

impl Channel for SmtpChannel {
    fn deliver(&self, message: Arc<Message>) -> Delivery {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            inner.try_once(&message).await.map_err(|failure| {
                if failure.is_for_the_operator() {
                    let failure = DeliveryFailure::new(failure.kind(), &failure);
                    error!(%failure, "no mail can be sent: see the settings of email");
                    return failure;
                }
                DeliveryFailure::new(failure.kind(), failure)
            })
        })
    }
}

impl Inner {
    async fn try_once(&self, message: &Message) -> Result<(), Failure> {
        let id = u128::from_be_bytes(self.random.bytes16());
        let letter = self
            .stationery
            .write(message, id, self.clock.now())
            .map_err(|_| Failure { stage: Stage::Message, cause: Cause::Unwritable })?;
        let deadline = Instant::now() + self.timeout;
        let permit = timeout_at(deadline, Arc::clone(&self.permits).acquire_owned());
        let Ok(permit) = permit.await else {
            return Err(Failure { stage: Stage::Connect, cause: Cause::Own("every lane is busy") });
        };
        let progress = Arc::new(Progress::default());
        let (tell, told) = oneshot::channel();
        let (lanes, lane_progress) = (Arc::clone(&self.lanes), Arc::clone(&progress));
        // A thread of its own, not tokio's: at the end of the process nobody waits for it.
        let started = thread::Builder::new().name("smtp-lane".to_owned()).spawn(move || {
            let result = lanes.deliver(&letter, deadline, &lane_progress);
            drop(permit);
            let _ = tell.send(result);
        });
        if let Err(error) = started {
            return Err(Failure { stage: Stage::Connect, cause: Cause::Io(error) });
        }
        match timeout_at(deadline + GRACE, told).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(gave_no_answer(&progress, "the lane panicked")),
            Err(_) => Err(gave_no_answer(&progress, "the relay's name was not found in time")),
        }
    }
}

fn gave_no_answer(progress: &Progress, what: &'static str) -> Failure {
    let stage = if progress.is_doubtful() { Stage::Verdict } else { Stage::Connect };
    Failure { stage, cause: Cause::Own(what) }
}
