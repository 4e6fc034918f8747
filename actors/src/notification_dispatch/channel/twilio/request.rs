//! The request for a message, as `twilio-async` builds it.

use hyper_0_14 as hyper;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use twilio_async::{Execute, Twilio, TwilioErr, encode_pairs};

use super::account::{BaseUrl, Sender, TwilioAccount};
use super::{DeliveryFailure, Message, OpenTwilioError};
use crate::notification_dispatch::DeliveryError;

/// The resource below the account that messages are made with.
const MESSAGES: &str = "Messages.json";

/// Builds requests for one account.
pub(super) struct Requests {
    twilio: Twilio,
    sender: Sender,
    base_url: BaseUrl,
}

impl Requests {
    /// For `account`. Panics inside the crate if the system's OpenSSL cannot be set up, though
    /// nothing is ever sent with it.
    pub(super) fn new(account: &TwilioAccount) -> Result<Self, OpenTwilioError> {
        let token = account.auth_token.expose_secret();
        let twilio = Twilio::new(account.account_sid.as_str(), token);
        // The cause might quote the token.
        let twilio = twilio.map_err(|_| OpenTwilioError::Credentials)?;
        let (sender, base_url) = (account.sender.clone(), account.base_url.clone());
        Ok(Self { twilio, sender, base_url })
    }

    /// The request that has `message` sent, addressed to our base URL.
    pub(super) async fn build(
        &self,
        message: &Message,
    ) -> Result<reqwest::Request, DeliveryFailure> {
        let impossible = |cause| DeliveryFailure::new(DeliveryError::Permanent, cause);
        let built = self.build_theirs(&message.to, &message.text);
        let built = built.map_err(|_| impossible("the request cannot be built"))?;
        let (head, body) = built.into_parts();
        let body = hyper::body::to_bytes(body).await;
        let body = body.map_err(|_| impossible("the request has no body"))?;

        let mut ours =
            reqwest::Request::new(reqwest::Method::POST, self.base_url.at(head.uri.path()));
        *ours.headers_mut() = translate(&head.headers);
        *ours.body_mut() = Some(body.into());
        Ok(ours)
    }

    fn build_theirs(&self, to: &str, body: &str) -> Result<hyper::Request<hyper::Body>, TwilioErr> {
        let from = match &self.sender {
            Sender::Id(id) => id.as_str(),
            // The crate knows messages with `From` only: the form below replaces its own.
            Sender::Service(_) => "",
        };
        let send = self.twilio.send_msg(from, to, body);
        let form = match &self.sender {
            Sender::Id(_) => Some(send.msg.to_string()),
            Sender::Service(sid) => {
                let sid = ("MessagingServiceSid", sid.as_str());
                encode_pairs([("To", to), sid, ("Body", body)])
            }
        };
        send.request(hyper::Method::POST, MESSAGES, form)
    }
}

/// From the headers of `http` 0.2 to those of 1.0.
fn translate(theirs: &hyper::HeaderMap) -> HeaderMap {
    let mut ours = HeaderMap::with_capacity(theirs.len());
    for (name, value) in theirs {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(mut value)) = (name, value) {
            // Keeps the token out of every `Debug` on the way.
            value.set_sensitive(true);
            ours.append(name, value);
        }
    }
    ours
}
