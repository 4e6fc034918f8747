//! The section `email`.

use std::path::PathBuf;

use actors::domain::EmailAddress;
use serde::{Deserialize, Serialize};

use super::{NOT_IN_PRODUCTION, Problems, Profile, Secret, encoding};

/// The section `email`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct EmailSettings {
    pub transport: EmailTransport,
    pub from: String,
    pub smtp_url: Secret,
    #[serde(with = "encoding::optional")]
    pub smtp_url_file: Option<PathBuf>,
}

/// How mails leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailTransport {
    /// Not at all: the development inbox shows them.
    Inbox,
}

impl EmailSettings {
    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        self.smtp_url.read_file("email.smtp_url", self.smtp_url_file.as_deref(), problems);
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        let delivers = match self.transport {
            EmailTransport::Inbox => false,
        };
        problems.require(
            !profile.is_production() || delivers,
            "email.transport",
            NOT_IN_PRODUCTION,
        );
        if !self.from.is_empty()
            && let Err(error) = EmailAddress::parse(&self.from)
        {
            problems.add("email.from", error);
        }
    }
}
