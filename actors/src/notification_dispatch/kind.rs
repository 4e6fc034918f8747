//! What all notices of a kind have in common.

use std::time::Duration;

use secrecy::SecretString;

use super::{Medium, Notice};
use crate::domain::OtpCode;

/// The kinds of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SignUpCode,
    AlreadyRegistered,
    PasswordResetLink,
    PasswordChanged,
    PhoneCode,
    PhoneVerified,
    RefreshReuse,
    SignInAfterFailures,
}

impl Kind {
    /// Every kind.
    pub(super) const ALL: [Self; 8] = [
        Self::SignUpCode,
        Self::AlreadyRegistered,
        Self::PasswordResetLink,
        Self::PasswordChanged,
        Self::PhoneCode,
        Self::PhoneVerified,
        Self::RefreshReuse,
        Self::SignInAfterFailures,
    ];

    /// Its name in logs, and of its template files.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignUpCode => "sign_up_code",
            Self::AlreadyRegistered => "already_registered",
            Self::PasswordResetLink => "password_reset_link",
            Self::PasswordChanged => "password_changed",
            Self::PhoneCode => "phone_code",
            Self::PhoneVerified => "phone_verified",
            Self::RefreshReuse => "refresh_reuse",
            Self::SignInAfterFailures => "sign_in_after_failures",
        }
    }

    /// How it travels.
    pub(super) const fn medium(self) -> Medium {
        match self {
            Self::PhoneCode => Medium::Sms,
            Self::SignUpCode
            | Self::AlreadyRegistered
            | Self::PasswordResetLink
            | Self::PasswordChanged
            | Self::PhoneVerified
            | Self::RefreshReuse
            | Self::SignInAfterFailures => Medium::Email,
        }
    }
}

impl Notice {
    /// Its kind.
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::SignUpCode { .. } => Kind::SignUpCode,
            Self::AlreadyRegistered { .. } => Kind::AlreadyRegistered,
            Self::PasswordResetLink { .. } => Kind::PasswordResetLink,
            Self::PasswordChanged { .. } => Kind::PasswordChanged,
            Self::PhoneCode { .. } => Kind::PhoneCode,
            Self::PhoneVerified { .. } => Kind::PhoneVerified,
            Self::RefreshReuse { .. } => Kind::RefreshReuse,
            Self::SignInAfterFailures { .. } => Kind::SignInAfterFailures,
        }
    }

    /// The stored address or number (S-51).
    pub(super) fn to(&self) -> &str {
        match self {
            Self::SignUpCode { to, .. }
            | Self::AlreadyRegistered { to, .. }
            | Self::PasswordResetLink { to, .. }
            | Self::PasswordChanged { to, .. }
            | Self::PhoneVerified { to, .. }
            | Self::RefreshReuse { to, .. }
            | Self::SignInAfterFailures { to, .. } => to.deliverable(),
            Self::PhoneCode { to, .. } => to.e164(),
        }
    }

    /// The one-time code that it brings, if any.
    pub(super) const fn code(&self) -> Option<&OtpCode> {
        match self {
            Self::SignUpCode { code, .. } | Self::PhoneCode { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The link that it brings, if any.
    pub(super) const fn link(&self) -> Option<&SecretString> {
        match self {
            Self::PasswordResetLink { link, .. } => Some(link),
            _ => None,
        }
    }

    /// How long it is of any use; `None` for news that keep.
    pub(super) fn validity(&self) -> Option<Duration> {
        match self {
            Self::SignUpCode { valid_minutes, .. }
            | Self::PasswordResetLink { valid_minutes, .. }
            | Self::PhoneCode { valid_minutes, .. } => {
                Some(Duration::from_secs(valid_minutes.saturating_mul(60)))
            }
            Self::AlreadyRegistered { .. }
            | Self::PasswordChanged { .. }
            | Self::PhoneVerified { .. }
            | Self::RefreshReuse { .. }
            | Self::SignInAfterFailures { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification_dispatch::templates::samples;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_its_notices_say_so() {
        let names: std::collections::BTreeSet<_> = Kind::ALL.map(Kind::name).into();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(samples(kind).iter().all(|notice| notice.kind() == kind), "{kind:?}");
        }
    }

    #[test]
    fn codes_and_links_are_valid_as_long_as_they_say_and_news_keep() {
        for kind in Kind::ALL {
            let notice = samples(kind).remove(0);
            let brings_a_secret = notice.code().is_some() || notice.link().is_some();
            let validity = brings_a_secret.then(|| Duration::from_mins(10));
            assert_eq!(notice.validity(), validity, "{kind:?}");
        }
    }
}
