//! The section `tokens`.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Problems, Profile, encoding};
use crate::tokens::keys::Algorithm;

const SECOND: Duration = Duration::from_secs(1);
/// A stolen access token works this long wherever only its signature is checked.
const MAX_ACCESS_TTL: Duration = Duration::from_hours(1);
/// NIST SP 800-63B §2.1.3 (AAL1) and S-27.
const MAX_REFRESH_TTL: Duration = Duration::from_hours(30 * 24);
const MAX_RESET_TTL: Duration = Duration::from_hours(1);
const MAX_LEEWAY: Duration = Duration::from_secs(30);
/// A revoked session must not be accepted for long where nobody hears of it (S-41).
const MAX_STALENESS: Duration = Duration::from_mins(5);
const MAX_CACHE_ENTRIES: usize = 10_000_000;

/// The section `tokens`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct TokenSettings {
    pub algorithm: Algorithm,
    #[serde(with = "encoding::duration")]
    pub access_ttl: Duration,
    #[serde(with = "encoding::duration")]
    pub refresh_ttl: Duration,
    #[serde(with = "encoding::duration")]
    pub refresh_idle: Duration,
    #[serde(with = "encoding::duration")]
    pub reset_ttl: Duration,
    pub issuer: String,
    pub audience: String,
    pub refresh_rotation: bool,
    pub key_files: Vec<PathBuf>,
    #[serde(with = "encoding::duration")]
    pub leeway: Duration,
    pub cache_entries: usize,
    #[serde(with = "encoding::duration")]
    pub max_staleness: Duration,
}

impl TokenSettings {
    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        let ttl = |key: &str, value, max, problems: &mut Problems| {
            problems.require_seconds_within(key, value, &(SECOND..=max));
        };
        ttl("tokens.access_ttl", self.access_ttl, MAX_ACCESS_TTL, problems);
        ttl("tokens.refresh_ttl", self.refresh_ttl, MAX_REFRESH_TTL, problems);
        ttl("tokens.refresh_idle", self.refresh_idle, MAX_REFRESH_TTL, problems);
        ttl("tokens.reset_ttl", self.reset_ttl, MAX_RESET_TTL, problems);
        problems.require_seconds_within(
            "tokens.leeway",
            self.leeway,
            &(Duration::ZERO..=MAX_LEEWAY),
        );
        problems.require(!self.audience.is_empty(), "tokens.audience", "must not be empty");
        problems.require_within(
            "tokens.cache_entries",
            self.cache_entries,
            &(1..=MAX_CACHE_ENTRIES),
        );
        ttl("tokens.max_staleness", self.max_staleness, MAX_STALENESS, problems);
        self.check_keys(profile, problems);
    }

    fn check_keys(&self, profile: Profile, problems: &mut Problems) {
        let key = "tokens.key_files";
        let given = !self.key_files.is_empty();
        problems.require(
            !profile.is_production() || given,
            key,
            "must name a signing key in production",
        );
        let named = self.key_files.iter().all(|file| !file.as_os_str().is_empty());
        problems.require(named, key, "must not hold an empty name");
    }
}
