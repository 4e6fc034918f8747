//! The section `email`.

use std::path::PathBuf;
use std::time::Duration;

use actors::EmailDelivery;
use actors::notification_dispatch::{MailSender, SmtpRelay, SmtpSettings};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{NOT_IN_PRODUCTION, Problems, Profile, Secret, encoding};

/// S-88.
const SMTP_TIMEOUTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(10)];

/// The section `email`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct EmailSettings {
    pub transport: EmailTransport,
    #[serde(with = "encoding::optional")]
    pub from: Option<MailSender>,
    #[serde(with = "encoding::optional")]
    pub reply_to: Option<MailSender>,
    pub smtp_url: Secret,
    #[serde(with = "encoding::optional")]
    pub smtp_url_file: Option<PathBuf>,
    #[serde(with = "encoding::optional")]
    pub smtp_ca_file: Option<PathBuf>,
    #[serde(with = "encoding::duration")]
    pub smtp_timeout: Duration,
}

/// How mails leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailTransport {
    /// Not at all: the development inbox shows them.
    Inbox,
    /// Through the relay of `smtp_url`.
    Smtp,
}

impl EmailSettings {
    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        self.smtp_url.read_file("email.smtp_url", self.smtp_url_file.as_deref(), problems);
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        let [min, max] = SMTP_TIMEOUTS;
        problems.require_time_within("email.smtp_timeout", self.smtp_timeout, &(min..=max));
        match self.delivery() {
            Ok(EmailDelivery::Inbox) => {
                let holds = !profile.is_production();
                problems.require(holds, "email.transport", NOT_IN_PRODUCTION);
            }
            Ok(EmailDelivery::Smtp(smtp)) => problems.require(
                !profile.is_production() || smtp.relay.is_encrypted(),
                "email.smtp_url",
                "must not be smtp+insecure in production",
            ),
            Err(more) => problems.append(more),
        }
    }

    /// How mails leave, from the keys that say so.
    pub fn delivery(&self) -> Result<EmailDelivery, Problems> {
        match self.transport {
            EmailTransport::Inbox => Ok(EmailDelivery::Inbox),
            EmailTransport::Smtp => self.smtp().map(|smtp| EmailDelivery::Smtp(Box::new(smtp))),
        }
    }

    fn smtp(&self) -> Result<SmtpSettings, Problems> {
        let mut problems = Problems::default();
        let relay = self.relay().map_err(|message| problems.add("email.smtp_url", message));
        if self.from.is_none() {
            problems.add("email.from", "must name a sender where email.transport is \"smtp\"");
        }
        match (relay, self.from.clone()) {
            (Ok(relay), Some(from)) => Ok(SmtpSettings {
                relay,
                from,
                reply_to: self.reply_to.clone(),
                ca_file: self.smtp_ca_file.clone(),
                timeout: self.smtp_timeout,
            }),
            _ => Err(problems),
        }
    }

    fn relay(&self) -> Result<SmtpRelay, String> {
        let url = self.smtp_url.get().ok_or("must be set where email.transport is \"smtp\"")?;
        SmtpRelay::parse(url.expose_secret()).map_err(|error| error.to_string())
    }
}
