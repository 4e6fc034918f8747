//! Notices to try templates with.

use secrecy::SecretString;

use super::super::Notice;
use super::super::kind::Kind;
use crate::domain::{EmailAddress, OtpCode, PersonName, PhoneNumber, Timestamp};

/// What the worst name must never become in HTML.
pub(super) const MARKUP: &str = "<x-name";

struct Sample {
    first_name: &'static str,
    valid_minutes: u64,
    failures: u32,
}

/// As most are; the first one is also for previews.
const ORDINARY: Sample = Sample { first_name: "Ada", valid_minutes: 10, failures: 7 };

/// As bad as they get: 100 characters of markup, one minute, and a number as long as any.
const WORST: Sample = Sample {
    first_name: "<x-name a=\"1\" b='2'>&amp;</x-name>{{ 7*7 }}{% raw %}{# https://www.example.org/?a=b&c=d#e …………………………",
    valid_minutes: 1,
    failures: u32::MAX,
};

/// Two notices of `kind`: an ordinary one, and the worst.
pub(in super::super) fn samples(kind: Kind) -> Vec<Notice> {
    // Constants all: none is refused, which a test holds.
    [ORDINARY, WORST].iter().filter_map(|sample| sample.notice(kind)).collect()
}

impl Sample {
    fn notice(&self, kind: Kind) -> Option<Notice> {
        let Self { first_name, valid_minutes, failures } = *self;
        let to = EmailAddress::parse("ada@example.org").ok()?;
        let first_name = PersonName::parse(first_name).ok()?;
        let code = OtpCode::parse("042137").ok()?;
        let number = PhoneNumber::example();
        let at = Timestamp::from_secs(1_642_344_000);
        Some(match kind {
            Kind::SignUpCode => Notice::SignUpCode { to, first_name, code, valid_minutes },
            Kind::AlreadyRegistered => Notice::AlreadyRegistered { to, first_name },
            Kind::PasswordResetLink => {
                // As long as a real one.
                let token = "eyJhbGciOiJFZERTQSJ9.".to_owned() + &"c2FtcGxl".repeat(40);
                let link = format!("https://auth.example.org/reset-password#token={token}");
                let link = SecretString::from(link);
                Notice::PasswordResetLink { to, first_name, link, valid_minutes }
            }
            Kind::PasswordChanged => Notice::PasswordChanged { to, first_name },
            Kind::PhoneCode => Notice::PhoneCode { to: number, code, valid_minutes },
            Kind::PhoneVerified => Notice::PhoneVerified { to, first_name, number, at },
            Kind::RefreshReuse => Notice::RefreshReuse { to, first_name, at },
            Kind::SignInAfterFailures => {
                Notice::SignInAfterFailures { to, first_name, failures, at }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_samples_of_every_kind_and_the_worst_name_is_as_long_as_allowed() {
        for kind in Kind::ALL {
            assert_eq!(samples(kind).len(), 2, "{kind:?}");
        }
        assert_eq!(WORST.first_name.chars().count(), 100);
        assert!(WORST.first_name.starts_with(MARKUP));
    }
}
