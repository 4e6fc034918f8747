//! Ways out of the server.

mod failure;
pub(crate) mod inbox;
pub(crate) mod smtp;
pub(crate) mod twilio;
pub(crate) mod withholding;

use std::pin::Pin;
use std::sync::Arc;

use super::{Medium, Message};
pub(crate) use failure::{DeliveryError, DeliveryFailure};

/// One attempt to deliver.
pub(crate) type Delivery = Pin<Box<dyn Future<Output = Result<(), DeliveryFailure>> + Send>>;

/// Carries messages of one medium.
pub(crate) trait Channel: Send + Sync + 'static {
    /// Tries once, and says in the failure what the other side said: the dispatch logs it.
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
