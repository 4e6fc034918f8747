//! The account that text messages are sent with, in values that cannot be misspelt.

mod base_url;
mod sender_id;
mod sid;

pub use base_url::BaseUrl;
use secrecy::SecretString;
pub use sender_id::SenderId;
pub use sid::{AccountSid, MessagingServiceSid};

/// Who sends, and where to. It has no `Debug`.
#[derive(Clone)]
pub struct TwilioAccount {
    /// The account, which is in the path of every request.
    pub account_sid: AccountSid,
    /// The account's password.
    pub auth_token: SecretString,
    /// Whom the messages are from.
    pub sender: Sender,
    /// Where Twilio's API is.
    pub base_url: BaseUrl,
}

/// Whom the messages are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// This number or name.
    Id(SenderId),
    /// Whatever this messaging service chooses.
    Service(MessagingServiceSid),
}
