//! The section `sms`.

use actors::domain::AppId;
use serde::{Deserialize, Serialize};

use super::{NOT_IN_PRODUCTION, Problems, Profile, regions};

/// The section `sms`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct SmsSettings {
    pub transport: SmsTransport,
    pub allowed_countries: Vec<String>,
    pub allowed_app_ids: Vec<String>,
}

/// How text messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsTransport {
    /// Not at all: the development inbox shows them.
    Inbox,
}

impl SmsSettings {
    /// Whether numbers of `country` (ISO 3166-1 alpha-2) may receive a code.
    #[must_use]
    pub fn allows_country(&self, country: &str) -> bool {
        self.allowed_countries.iter().any(|allowed| allowed == "*" || allowed == country)
    }

    /// Whether a client may name `app_id`, or none: none is no application of a list.
    #[must_use]
    pub fn allows_app_id(&self, app_id: Option<&AppId>) -> bool {
        let listed = |id: &AppId| self.allowed_app_ids.iter().any(|a| a == id.as_str());
        self.allowed_app_ids.is_empty() || app_id.is_some_and(listed)
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        let delivers = match self.transport {
            SmsTransport::Inbox => false,
        };
        problems.require(!profile.is_production() || delivers, "sms.transport", NOT_IN_PRODUCTION);
        for country in &self.allowed_countries {
            problems.require(
                country == "*" || regions::is_region(country),
                "sms.allowed_countries",
                format_args!("{country:?} is neither \"*\" nor an ISO 3166-1 code like \"NG\""),
            );
        }
        for app_id in &self.allowed_app_ids {
            if let Err(error) = AppId::parse(app_id) {
                problems.add("sms.allowed_app_ids", error);
            }
        }
    }
}
