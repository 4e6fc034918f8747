//! *Owns* the e-mail and SMS on their way out, and the retries. Codes and links wait in memory,
//! news in the outbox.
//! *Loses on restart* nothing when the actor restarts; undelivered codes and links when the
//! process ends.
//! *Replies within* microseconds for a code or a link, a durable write for news: the answer means
//! "queued", delivery follows.

mod actor;
mod backend;
mod breaker;
pub(crate) mod channel;
mod collector;
mod courier;
mod deliveries;
mod delivery_log;
mod gate;
mod in_flight;
mod kind;
mod message;
mod messages;
mod metrics;
mod outbox;
mod parcel;
mod retry;
mod rules;
mod shutdown;
mod templates;
#[cfg(test)]
mod tests;

pub use actor::NotificationDispatch;
pub use channel::smtp::{
    InvalidRelay, InvalidSender, MailSender, SmtpRelay, SmtpSettings, TlsError as MailTlsError,
};
pub use channel::twilio::{
    AccountSid, BaseUrl, MessagingServiceSid, OpenTwilioError, Sender, SenderId, TwilioAccount,
};
pub use deliveries::{DeliveriesQuery, DeliveryRecord, DeliveryState, ReadDeliveries};
pub use messages::{
    DispatchError, FindInboxMessage, InboxMessage, Medium, Notice, NoticePlace, QueueNotice,
    ReadInbox, ReservePlace, ReturnPlace,
};
pub use retry::RetryRules;
pub use rules::DispatchRules;
pub use templates::{Preview, TemplateFaults, TemplateRules, Templates};

pub(crate) use backend::{EmbeddedOutbox, MongoOutbox, OutboxBackend};
pub(crate) use channel::Channels;
pub(crate) use channel::inbox::Inbox;
pub(crate) use channel::smtp::SmtpChannel;
pub(crate) use channel::twilio::TwilioChannel;
pub(crate) use channel::withholding::Withholding;
use channel::{DeliveryError, DeliveryFailure};
use message::Message;
