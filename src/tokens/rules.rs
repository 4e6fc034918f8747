//! The names and numbers that tokens are made and checked by.

use std::time::Duration;

use super::{AccessClaims, Claims, RefreshClaims, ResetClaims};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// More would let a token be used long before it is valid (S-22).
const MAX_LEEWAY: Duration = Duration::from_secs(30);

/// What the settings say about tokens.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The `iss`: this server's public URL.
    pub issuer: String,
    /// The `aud` of access tokens; other kinds append their own suffix.
    pub audience: String,
    /// Lifetime of an access token. 15 minutes (S-27), at most a day.
    pub access_ttl: Duration,
    /// Lifetime of a session, and so of its refresh token, which ends when the session does.
    /// At most 30 days (S-27); checked here so that no token is issued that would be refused.
    pub refresh_ttl: Duration,
    /// Lifetime of a reset link. 15 minutes (S-27), at most a day.
    pub reset_ttl: Duration,
    /// How far the clocks of two nodes may differ. 5 seconds, at most 30 (S-22).
    pub leeway: Duration,
    /// How many verified tokens are remembered, at about 800 bytes each; 0 verifies every time.
    pub cached_tokens: usize,
}

/// A rule is outside its limits; the name is that of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTokenRules {
    /// A text that must not be empty.
    #[error("`{0}` must not be empty")]
    Empty(&'static str),
    /// Shorter than a second (the unit of claims), or longer than allowed.
    #[error("`{name}` must be from 1 s to {} s", longest.as_secs())]
    Lifetime {
        /// Which.
        name: &'static str,
        /// The limit.
        longest: Duration,
    },
    /// More than 30 seconds.
    #[error("`leeway` must be at most {} s", MAX_LEEWAY.as_secs())]
    Leeway,
}

impl TokenRules {
    /// The default numbers.
    #[must_use]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            access_ttl: 15 * MINUTE,
            refresh_ttl: 30 * DAY,
            reset_ttl: 15 * MINUTE,
            leeway: Duration::from_secs(5),
            cached_tokens: 10_000,
        }
    }

    pub(super) fn check(&self) -> Result<(), InvalidTokenRules> {
        for (name, text) in [("issuer", &self.issuer), ("audience", &self.audience)] {
            if text.is_empty() {
                return Err(InvalidTokenRules::Empty(name));
            }
        }
        for (name, ttl, longest) in [
            ("access_ttl", self.access_ttl, AccessClaims::LONGEST),
            ("refresh_ttl", self.refresh_ttl, RefreshClaims::LONGEST),
            ("reset_ttl", self.reset_ttl, ResetClaims::LONGEST),
        ] {
            if ttl < Duration::from_secs(1) || ttl > longest {
                return Err(InvalidTokenRules::Lifetime { name, longest });
            }
        }
        if self.leeway > MAX_LEEWAY { Err(InvalidTokenRules::Leeway) } else { Ok(()) }
    }

    /// The `aud` of tokens of the kind `C`.
    pub(super) fn audience_of<C: Claims>(&self) -> String {
        format!("{}{}", self.audience, C::AUDIENCE_SUFFIX)
    }

    /// Whether `aud` is exactly that of the kind `C`.
    pub(super) fn is_audience_of<C: Claims>(&self, aud: &str) -> bool {
        aud.strip_prefix(self.audience.as_str()) == Some(C::AUDIENCE_SUFFIX)
    }
}
