//! The section `otp`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Problems, encoding};

const SECOND: Duration = Duration::from_secs(1);
/// The longest life that the contract promises; longer only helps a guesser.
const MAX_EMAIL_TTL: Duration = Duration::from_mins(10);
const MAX_SMS_TTL: Duration = Duration::from_mins(5);
const MAX_RESEND_AFTER: Duration = Duration::from_hours(1);

/// The section `otp`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct OtpSettings {
    #[serde(with = "encoding::duration")]
    pub email_ttl: Duration,
    #[serde(with = "encoding::duration")]
    pub sms_ttl: Duration,
    pub attempts: u8,
    #[serde(with = "encoding::duration")]
    pub resend_after: Duration,
    pub max_pending: usize,
}

impl OtpSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.require_time_within("otp.email_ttl", self.email_ttl, &(SECOND..=MAX_EMAIL_TTL));
        problems.require_time_within("otp.sms_ttl", self.sms_ttl, &(SECOND..=MAX_SMS_TTL));
        problems.require_within("otp.attempts", self.attempts, &(1..=10));
        problems.require_time_within(
            "otp.resend_after",
            self.resend_after,
            &(Duration::ZERO..=MAX_RESEND_AFTER),
        );
        problems.require_within("otp.max_pending", self.max_pending, &(1..=10_000_000));
    }
}
