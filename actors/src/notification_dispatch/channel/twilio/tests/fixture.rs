//! A channel in front of a stand-in.

use std::sync::Arc;

use secrecy::SecretString;
use sinks::twilio::{Request, Sink};

use super::super::*;
use crate::notification_dispatch::{DeliveryError, Medium};

pub(super) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(super) const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub(super) const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";
pub(super) const TO: &str = "+2348012345678";
pub(super) const TEXT: &str = "042137 is your code & more. Grüße";

pub(super) fn sender(id: &str) -> Sender {
    Sender::Id(SenderId::try_from(id.to_owned()).unwrap())
}

pub(super) fn service() -> Sender {
    Sender::Service(MessagingServiceSid::try_from(SERVICE.to_owned()).unwrap())
}

pub(super) fn account(base_url: &str, sender: Sender) -> TwilioAccount {
    TwilioAccount {
        account_sid: AccountSid::try_from(ACCOUNT.to_owned()).unwrap(),
        auth_token: SecretString::from(TOKEN),
        sender,
        base_url: BaseUrl::try_from(base_url.to_owned()).unwrap(),
    }
}

pub(super) fn message() -> Arc<Message> {
    Arc::new(Message {
        medium: Medium::Sms,
        to: TO.to_owned(),
        subject: None,
        text: TEXT.to_owned(),
        html: None,
        code: None,
        link: None,
    })
}

/// A channel that sends from a number to `base_url`.
pub(super) fn channel(base_url: &str) -> TwilioChannel {
    TwilioChannel::open(&account(base_url, sender("+15005550006"))).unwrap()
}

/// What became of one message.
pub(super) async fn deliver(channel: &TwilioChannel) -> Result<(), DeliveryError> {
    channel.deliver(message()).await.map_err(|failure| failure.kind)
}

/// The first request, once it has arrived in full. The wait is for another thread, in real time.
pub(super) async fn arrived(sink: &Sink) -> Request {
    loop {
        if let Some(request) = sink.requests().into_iter().next() {
            return request;
        }
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
}
