//! Ways out of the server.

pub(crate) mod inbox;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::{Medium, Message};

/// One attempt to deliver.
pub(crate) type Delivery = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send>>;

/// Why an attempt failed, which decides whether there is another.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the inbox never fails; channels that reach people do")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// Not delivered; a later attempt may succeed.
    #[error("not delivered for now")]
    Transient {
        /// How long the other side asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The other side may have taken the message: its answer was lost.
    #[error("perhaps delivered")]
    Ambiguous,
    /// Not delivered, and it never will be.
    #[error("refused for good")]
    Permanent,
}

/// Carries messages of one medium.
pub(crate) trait Channel: Send + Sync + 'static {
    /// Tries once. The cause of a failure is logged by the channel, without the message.
    fn deliver(&self, message: Arc<Message>) -> Delivery;
}

/// The channel of each medium.
#[derive(Clone)]
pub(crate) struct Channels {
    /// Carries [`Medium::Email`].
    pub(crate) email: Arc<dyn Channel>,
    /// Carries [`Medium::Sms`].
    pub(crate) sms: Arc<dyn Channel>,
}

impl Channels {
    pub(super) fn of(&self, medium: Medium) -> &Arc<dyn Channel> {
        match medium {
            Medium::Email => &self.email,
            Medium::Sms => &self.sms,
        }
    }
}
