//! The section `sms.twilio`.

use std::path::PathBuf;

use actors::notification_dispatch::{
    AccountSid, BaseUrl, MessagingServiceSid, Sender, SenderId, TwilioAccount,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::settings::{Problems, Secret, encoding};

const NEEDED: &str = "is needed by sms.transport = \"twilio\"";
const NEEDED_ALONE: &str = "is needed by sms.transport = \"twilio\", or else \
                            sms.twilio.messaging_service_sid; not both";

/// The section `sms.twilio`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct TwilioSettings {
    #[serde(with = "encoding::optional")]
    pub account_sid: Option<AccountSid>,
    pub auth_token: Secret,
    #[serde(with = "encoding::optional")]
    pub auth_token_file: Option<PathBuf>,
    #[serde(with = "encoding::optional")]
    pub from: Option<SenderId>,
    #[serde(with = "encoding::optional")]
    pub messaging_service_sid: Option<MessagingServiceSid>,
    pub base_url: BaseUrl,
}

impl TwilioSettings {
    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        let file = self.auth_token_file.as_deref();
        self.auth_token.read_file("sms.twilio.auth_token", file, problems);
    }

    /// The account to send with, or everything that it lacks.
    pub(super) fn account(&self) -> Result<TwilioAccount, Problems> {
        let mut problems = Problems::default();
        let account_sid = self.account_sid.clone();
        problems.require(account_sid.is_some(), "sms.twilio.account_sid", NEEDED);
        let auth_token = self.token().map_err(|error| problems.add("sms.twilio.auth_token", error));
        let sender = self.sender();
        problems.require(sender.is_some(), "sms.twilio.from", NEEDED_ALONE);
        match (account_sid, auth_token, sender) {
            (Some(account_sid), Ok(auth_token), Some(sender)) => {
                let base_url = self.base_url.clone();
                Ok(TwilioAccount { account_sid, auth_token, sender, base_url })
            }
            _ => Err(problems),
        }
    }

    fn token(&self) -> Result<SecretString, &'static str> {
        let token = self.auth_token.get().ok_or(NEEDED)?;
        if token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(token.clone())
        } else {
            Err("must be printable ASCII without spaces")
        }
    }

    fn sender(&self) -> Option<Sender> {
        match (&self.from, &self.messaging_service_sid) {
            (Some(from), None) => Some(Sender::Id(from.clone())),
            (None, Some(service)) => Some(Sender::Service(service.clone())),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}
