//! What the server was told to do: read from three layers, typed, and checked as a whole.
//!
//! `config/default.toml` documents every key and holds every default. A file and the environment
//! change them. Nothing here reads the process environment: it is an argument.

mod actors;
mod audit;
mod delivery;
mod email;
mod encoding;
mod layers;
mod limits;
mod log;
mod otp;
mod password;
mod pepper_file;
mod problems;
mod rates;
mod regions;
mod secret;
mod server;
mod sms;
mod storage;
mod telemetry;
#[cfg(test)]
mod tests;
mod tokens;
mod urls;
mod words;

use std::ffi::OsString;
use std::path::Path;

use ::actors::domain::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::actors::{ActorLimits, ActorSettings};
pub use self::audit::AuditSettings;
pub use self::delivery::DeliverySettings;
pub use self::email::{EmailSettings, EmailTransport};
pub use self::limits::{LimitSettings, Switch};
pub use self::log::{Format, Level, LogSettings};
pub use self::otp::OtpSettings;
pub use self::password::{CommonCheck, PasswordResetSettings, PasswordSettings};
pub use self::pepper_file::{InvalidPepperFile, PepperFile};
pub use self::problems::Problems;
pub use self::secret::Secret;
pub use self::server::ServerSettings;
pub use self::sms::{SmsSettings, SmsTransport, TestNumberEntry, TwilioSettings};
pub use self::storage::{StorageBackend, StorageSettings};
pub use self::telemetry::TelemetrySettings;
pub use self::tokens::TokenSettings;
pub use self::words::NoticeSettings;

const NOT_IN_PRODUCTION: &str =
    "must not be \"inbox\" in production, where it would show every code";

/// What the server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Runs without any preparation, on a developer's machine.
    Development,
    /// Refuses whatever is only fit for development.
    Production,
}

/// Every setting. The fields are the keys of `config/default.toml`, which documents them.
///
/// It can be shown: a secret is a [`Secret`], which is written as `***`. Every secret `x` has a twin
/// `x_file`, the file that holds it; its section reads it in `read_secrets`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct Settings {
    pub profile: Profile,
    pub server: ServerSettings,
    pub log: LogSettings,
    pub telemetry: TelemetrySettings,
    pub storage: StorageSettings,
    pub email: EmailSettings,
    pub sms: SmsSettings,
    pub notices: NoticeSettings,
    pub delivery: DeliverySettings,
    pub tokens: TokenSettings,
    pub otp: OtpSettings,
    pub password: PasswordSettings,
    pub password_reset: PasswordResetSettings,
    pub signup: SignupSettings,
    pub limits: LimitSettings,
    pub audit: AuditSettings,
    pub actors: ActorSettings,
}

/// The section `signup`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct SignupSettings {
    pub hide_existing_accounts: bool,
}

impl Settings {
    /// Reads the layers and checks the result.
    ///
    /// `file` is the one of the command line; without it, `BIOENTRUST_CONFIG` in `environment`
    /// may name one.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let settings = Self::read(file, environment)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Reads the layers and the files of secrets. Every value has the right type, but may still
    /// make no sense.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let mut settings = layers::read(file, environment)?;
        let mut problems = Problems::default();
        settings.server.read_secrets(&mut problems);
        settings.telemetry.read_secrets(&mut problems);
        settings.storage.read_secrets(&mut problems);
        settings.email.read_secrets(&mut problems);
        settings.sms.read_secrets(&mut problems);
        problems.into_result()?;
        settings.sms.decide();
        Ok(settings)
    }

    /// Finds everything that is wrong, not only the first.
    pub fn validate(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        self.server.check(self.profile, &mut problems);
        self.telemetry.check(&mut problems);
        self.storage.check(self.profile, &mut problems);
        self.email.check(self.profile, &mut problems);
        self.sms.check(self.profile, &mut problems);
        self.notices.check(&mut problems);
        self.delivery.check(&mut problems);
        self.tokens.check(self.profile, &mut problems);
        self.otp.check(&mut problems);
        self.password.check(self.profile, &mut problems);
        self.password_reset.check(self.profile, &mut problems);
        self.limits.check(&mut problems);
        self.audit.check(&mut problems);
        self.actors.check(&self.password, &mut problems);
        problems.into_result()
    }

    /// Finds what was right once and no longer is, `now`. A server starts with it all the same:
    /// what has expired is without effect, and a restart in the night must not fail over it.
    pub fn check_expiry(&self, now: Timestamp) -> Result<(), Problems> {
        let mut problems = Problems::default();
        if self.profile.is_production() {
            for entry in self.sms.expired_test_numbers(now) {
                problems.add("sms.test_numbers", format_args!("{entry} is over"));
            }
        }
        problems.into_result()
    }

    /// The effective settings as a TOML file that means the same, without secrets.
    pub fn redacted(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }

    /// The page that a reset link opens; the link adds `#token=…`.
    #[must_use]
    pub fn reset_page_url(&self) -> String {
        let own = || format!("{}/reset-password", self.server.public_url);
        self.password_reset.page_url.clone().unwrap_or_else(own)
    }

    /// Whether new passwords are compared with those that everybody tries first.
    #[must_use]
    pub fn refuses_common_passwords(&self) -> bool {
        match self.password.check_common {
            CommonCheck::On => true,
            CommonCheck::Off => false,
            CommonCheck::Auto => self.profile.is_production(),
        }
    }

    /// What people call this service: names that nobody may make a password of.
    pub fn service_names(&self) -> impl Iterator<Item = &str> {
        let host = self.server.public_url.split_once("://").map(|(_, host)| host);
        self.password.context_words.iter().map(String::as_str).chain(host)
    }

    /// Whether messages are shown at `/dev/inbox` instead of being sent.
    #[must_use]
    pub fn uses_inbox(&self) -> bool {
        self.email.transport == EmailTransport::Inbox || self.sms.transport == SmsTransport::Inbox
    }

    /// The `iss` of every token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        if self.tokens.issuer.is_empty() { &self.server.public_url } else { &self.tokens.issuer }
    }
}

impl Profile {
    /// Whether development's conveniences are refused.
    #[must_use]
    pub const fn is_production(self) -> bool {
        matches!(self, Self::Production)
    }
}

/// The cores this process may use, for settings where 0 stands for them.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
