//! *Owns* the e-mail and SMS on their way out, and the retries. The queue is in memory.
//! *Loses on restart* nothing when the actor restarts; every undelivered notice when the process ends.
//! *Replies within* microseconds: the answer means "queued", delivery follows.

mod actor;
pub(crate) mod channel;
mod courier;
mod kind;
mod message;
mod messages;
mod retry;
mod templates;
#[cfg(test)]
mod tests;

pub use actor::{DispatchRules, NotificationDispatch};
pub use channel::smtp::{
    InvalidRelay, InvalidSender, MailSender, SmtpRelay, SmtpSettings, TlsError as MailTlsError,
};
pub use channel::twilio::{
    AccountSid, BaseUrl, MessagingServiceSid, OpenTwilioError, Sender, SenderId, TwilioAccount,
};
pub use messages::{
    DispatchError, FindInboxMessage, InboxMessage, Medium, Notice, QueueNotice, ReadInbox,
};
pub use retry::RetryRules;
pub use templates::{Preview, TemplateFaults, TemplateRules, Templates};

pub(crate) use channel::Channels;
pub(crate) use channel::inbox::Inbox;
pub(crate) use channel::smtp::SmtpChannel;
pub(crate) use channel::twilio::TwilioChannel;
pub(crate) use channel::withholding::Withholding;
use channel::{DeliveryError, DeliveryFailure};
use message::Message;
