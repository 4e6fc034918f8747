//! The section `limits`.

use std::time::Duration;

use actors::rate_limiter::{BreakerRule, ClientRules, LimiterRules, SendRules};
use serde::{Deserialize, Serialize};

use super::rates::{Quota, Rate};
use super::{Problems, Profile, encoding};

/// The moments of so many messages are kept for each destination and client.
const MAX_EXACT: u32 = 100;
const BLOCKS: [Duration; 2] = [Duration::from_secs(1), Duration::from_hours(31 * 24)];
const PAUSES: [Duration; 2] = [Duration::from_mins(1), Duration::from_hours(7 * 24)];

/// The section `limits`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct LimitSettings {
    pub enabled: bool,
    pub per_ip: Switch,
    pub sign_in_per_ip: Rate,
    pub sign_up_per_ip: Rate,
    pub verify_per_ip: Rate,
    pub send_code_per_ip: Rate,
    pub forgot_password_per_ip: Rate,
    pub reset_password_per_ip: Rate,
    pub refresh_per_ip: Rate,
    pub stuffing_per_ip: Quota,
    #[serde(with = "encoding::duration")]
    pub stuffing_block: Duration,
    pub sends_per_ip: Quota,
    pub per_destination: Switch,
    pub sends_per_destination: Vec<Quota>,
    pub emails: Quota,
    pub sms: Quota,
    pub sms_per_account: Quota,
    pub sms_per_block: Quota,
    pub sms_per_country: Quota,
    pub sms_breaker_sample: u32,
    pub sms_breaker_percent: u32,
    #[serde(with = "encoding::duration")]
    pub sms_breaker_pause: Duration,
}

/// On, off, or what the profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// On in production, off in development, where everybody comes from one address.
    Auto,
    /// On.
    True,
    /// Off.
    False,
}

impl Switch {
    fn is_on(self, profile: Profile) -> bool {
        match self {
            Self::Auto => profile.is_production(),
            Self::True => true,
            Self::False => false,
        }
    }
}

impl LimitSettings {
    /// As the rate limiter takes them. `code_life` is that of a code sent by SMS.
    #[must_use]
    pub fn rules(&self, profile: Profile, code_life: Duration) -> LimiterRules {
        if !self.enabled {
            return LimiterRules::default();
        }
        let per_ip = self.per_ip.is_on(profile);
        LimiterRules {
            clients: per_ip.then(|| self.client_rules()),
            sends: Some(SendRules {
                per_destination: if self.per_destination.is_on(profile) {
                    self.sends_per_destination.iter().map(|quota| quota.rule()).collect()
                } else {
                    Vec::new()
                },
                per_client: per_ip.then(|| self.sends_per_ip.rule()),
                emails: self.emails.rule(),
                sms: self.sms.rule(),
                sms_per_account: self.sms_per_account.rule(),
                sms_per_block: self.sms_per_block.rule(),
                sms_per_country: self.sms_per_country.rule(),
                breaker: BreakerRule {
                    sample: self.sms_breaker_sample,
                    percent: self.sms_breaker_percent,
                    pause: self.sms_breaker_pause,
                    code_life,
                },
            }),
        }
    }

    fn client_rules(&self) -> ClientRules {
        ClientRules {
            sign_in: self.sign_in_per_ip.rule(),
            sign_up: self.sign_up_per_ip.rule(),
            verify: self.verify_per_ip.rule(),
            send_code: self.send_code_per_ip.rule(),
            forgot_password: self.forgot_password_per_ip.rule(),
            reset_password: self.reset_password_per_ip.rule(),
            refresh: self.refresh_per_ip.rule(),
            stuffing: self.stuffing_per_ip.rule(),
            stuffing_block: self.stuffing_block,
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (name, rate) in [
            ("sign_in", self.sign_in_per_ip),
            ("sign_up", self.sign_up_per_ip),
            ("verify", self.verify_per_ip),
            ("send_code", self.send_code_per_ip),
            ("forgot_password", self.forgot_password_per_ip),
            ("reset_password", self.reset_password_per_ip),
            ("refresh", self.refresh_per_ip),
        ] {
            rate.check(&format!("limits.{name}_per_ip"), problems);
        }
        for (key, quota) in [
            ("limits.emails", self.emails),
            ("limits.sms", self.sms),
            ("limits.sms_per_block", self.sms_per_block),
            ("limits.sms_per_country", self.sms_per_country),
        ] {
            quota.check(key, problems);
        }
        let destination = self.sends_per_destination.iter();
        let destination = destination.map(|quota| ("limits.sends_per_destination", *quota));
        let others = [
            ("limits.stuffing_per_ip", self.stuffing_per_ip),
            ("limits.sends_per_ip", self.sends_per_ip),
            ("limits.sms_per_account", self.sms_per_account),
        ];
        for (key, quota) in others.into_iter().chain(destination) {
            quota.check(key, problems);
            let exact = quota.rule().count <= MAX_EXACT;
            problems.require(exact, key, format_args!("must count at most {MAX_EXACT}"));
        }
        self.check_breaker(problems);
    }

    fn check_breaker(&self, problems: &mut Problems) {
        let [min, max] = BLOCKS;
        problems.require_time_within("limits.stuffing_block", self.stuffing_block, &(min..=max));
        problems.require_within(
            "limits.sms_breaker_sample",
            self.sms_breaker_sample,
            &(10..=1_000),
        );
        problems.require_within("limits.sms_breaker_percent", self.sms_breaker_percent, &(0..=100));
        let [min, max] = PAUSES;
        problems.require_time_within(
            "limits.sms_breaker_pause",
            self.sms_breaker_pause,
            &(min..=max),
        );
    }
}
