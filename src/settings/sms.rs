//! The section `sms`.

mod test_number;
mod twilio;

use actors::SmsDelivery;
use actors::domain::{AppId, PhoneNumber, TestNumbers, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::test_number::TestNumberEntry;
pub use self::twilio::TwilioSettings;
use super::{NOT_IN_PRODUCTION, Problems, Profile, regions};

/// What `allowed_countries` holds while nobody has decided.
const UNDECIDED: &str = "auto";

/// The section `sms`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct SmsSettings {
    pub transport: SmsTransport,
    pub allowed_countries: Vec<String>,
    pub allowed_app_ids: Vec<String>,
    pub test_numbers: Vec<TestNumberEntry>,
    pub twilio: TwilioSettings,
}

/// How text messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsTransport {
    /// Not at all: the development inbox shows them.
    Inbox,
    /// Through Twilio.
    Twilio,
}

impl SmsSettings {
    /// Whether a code may be sent to `number`. Test numbers count as allowed: nothing is sent.
    #[must_use]
    pub fn allows_number(&self, number: &PhoneNumber) -> bool {
        let allows = |allowed: &String| allowed == "*" || allowed == number.country();
        self.allowed_countries.iter().any(allows)
            || self.test_numbers.iter().any(|test| test.number == *number)
    }

    /// Whether a client may name `app_id`, or none: none is no application of a list.
    #[must_use]
    pub fn allows_app_id(&self, app_id: Option<&AppId>) -> bool {
        let listed = |id: &AppId| self.allowed_app_ids.iter().any(|a| a == id.as_str());
        self.allowed_app_ids.is_empty() || app_id.is_some_and(listed)
    }

    /// The numbers to which nothing is sent.
    #[must_use]
    pub fn test_numbers(&self) -> TestNumbers {
        self.test_numbers.iter().map(TestNumberEntry::test_number).collect()
    }

    /// Test numbers that no longer have a code, `now`.
    #[must_use]
    pub fn expired_test_numbers(&self, now: Timestamp) -> Vec<&TestNumberEntry> {
        self.test_numbers.iter().filter(|entry| entry.is_expired(now)).collect()
    }

    /// How text messages leave, from the keys that say so.
    pub fn delivery(&self) -> Result<SmsDelivery, Problems> {
        match self.transport {
            SmsTransport::Inbox => Ok(SmsDelivery::Inbox),
            SmsTransport::Twilio => self.twilio.account().map(SmsDelivery::Twilio),
        }
    }

    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        self.twilio.read_secrets(problems);
    }

    /// Puts what follows from the transport in the place of what nobody has decided: every
    /// country for the inbox, none where a text message costs money.
    pub(super) fn decide(&mut self) {
        if self.allowed_countries == [UNDECIDED] {
            self.allowed_countries = match self.transport {
                SmsTransport::Inbox => vec!["*".to_owned()],
                SmsTransport::Twilio => Vec::new(),
            };
        }
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        match self.delivery() {
            Ok(SmsDelivery::Inbox) => {
                let holds = !profile.is_production();
                problems.require(holds, "sms.transport", NOT_IN_PRODUCTION);
            }
            Ok(SmsDelivery::Twilio(_)) => {}
            Err(more) => problems.append(more),
        }
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
        test_number::check(&self.test_numbers, profile, problems);
    }
}
