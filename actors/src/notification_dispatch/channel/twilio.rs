//! Text messages through Twilio.
//!
//! `twilio-async` builds and authenticates each request, and no more: its own client knows no
//! time-out, reads a body without end, and takes some answers to messages that were sent for
//! errors. Its types show the token in `Debug` and are never formatted.

mod account;
mod answer;
mod client;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tracing::error;

use super::{Channel, Delivery, DeliveryFailure, Message};
pub use account::{AccountSid, BaseUrl, MessagingServiceSid, Sender, SenderId, TwilioAccount};
use client::Client;
use request::Requests;

/// Why the channel cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenTwilioError {
    /// Account and token cannot be part of an HTTP header.
    #[error("the Twilio account and its token do not make a header")]
    Credentials,
    /// TLS cannot be set up.
    #[error("no HTTPS client can be made for Twilio: {0}")]
    Tls(String),
}

/// Asks Twilio to send each message.
pub(crate) struct TwilioChannel(Arc<Parts>);

struct Parts {
    requests: Requests,
    client: Client,
}

impl TwilioChannel {
    /// Sends for `account`, over TLS that trusts the certificate authorities of the system
    /// (`SSL_CERT_FILE` names others).
    pub(crate) fn open(account: &TwilioAccount) -> Result<Self, OpenTwilioError> {
        Self::over(account, reqwest::Client::builder())
    }

    fn over(
        account: &TwilioAccount,
        client: reqwest::ClientBuilder,
    ) -> Result<Self, OpenTwilioError> {
        let client = Client::build(client, &account.base_url)?;
        Ok(Self(Arc::new(Parts { requests: Requests::new(account)?, client })))
    }
}

impl Channel for TwilioChannel {
    fn deliver(&self, message: Arc<Message>) -> Delivery {
        let parts = Arc::clone(&self.0);
        Box::pin(async move { parts.deliver(&message).await })
    }
}

impl Parts {
    async fn deliver(&self, message: &Message) -> Result<(), DeliveryFailure> {
        let request = self.requests.build(message).await?;
        let answer = self.client.exchange(request).await?;
        if answer.refuses_account() {
            error!(
                status = answer.status,
                "Twilio refuses the account: no text message will leave before sms.twilio is right"
            );
        }
        answer.judge()
    }
}
