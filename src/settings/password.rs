//! The sections `password` and `password_reset`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PepperFile, Problems, Profile, cores, encoding, urls};

/// Least memory in KiB and passes: OWASP Password Storage Cheat Sheet, Argon2id (S-01).
const COST_FLOORS: [(u32, u32); 3] = [(47_104, 1), (19_456, 2), (12_288, 3)];
/// Hashes that cost more are refused when they come from the store (S-02).
const MAX_MEMORY_KIB: u32 = 262_144;
const MAX_ITERATIONS: u32 = 10;
const MAX_PARALLELISM: u32 = 8;
/// Argon2 needs 8 KiB of memory per lane of its own (RFC 9106 §3.1).
const MIN_KIB_PER_PARALLELISM: u32 = 8;
const MAX_LANES: usize = 256;
const WAITS: [Duration; 2] = [Duration::from_millis(1), Duration::from_secs(30)];
const MAX_RECENT_LOGIN: Duration = Duration::from_hours(1);

/// The section `password`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct PasswordSettings {
    pub min_length: usize,
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
    pub lanes: usize,
    pub queue: usize,
    #[serde(with = "encoding::duration")]
    pub max_wait: Duration,
    pub check_common: CommonCheck,
    pub context_words: Vec<String>,
    pub pepper_files: Vec<PepperFile>,
    pub insecure_test_cost: bool,
}

/// Whether new passwords are compared with common ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CommonCheck {
    /// In production only.
    Auto,
    /// Always.
    #[serde(alias = "true")]
    On,
    /// Never.
    #[serde(alias = "false")]
    Off,
}

/// The section `password_reset`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct PasswordResetSettings {
    #[serde(with = "encoding::duration")]
    pub recent_login: Duration,
    #[serde(with = "encoding::optional")]
    pub page_url: Option<String>,
}

impl PasswordSettings {
    /// How many passwords are hashed at the same time.
    #[must_use]
    pub fn lane_count(&self) -> usize {
        if self.lanes == 0 { cores().min(MAX_LANES) } else { self.lanes }
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        problems.require_within("password.min_length", self.min_length, &(8..=128));
        problems.require_within("password.lanes", self.lanes, &(0..=MAX_LANES));
        problems.require_within("password.queue", self.queue, &(0..=10_000));
        let [min, max] = WAITS;
        problems.require_time_within("password.max_wait", self.max_wait, &(min..=max));
        problems.require(
            !(profile.is_production() && self.insecure_test_cost),
            "password.insecure_test_cost",
            "must be false in production",
        );
        self.check_peppers(problems);
        self.check_cost(problems);
    }

    fn check_peppers(&self, problems: &mut Problems) {
        let ids: BTreeSet<_> = self.pepper_files.iter().map(|file| &file.id).collect();
        let unique = ids.len() == self.pepper_files.len();
        problems.require(unique, "password.pepper_files", "must not give two files one id");
    }

    fn check_cost(&self, problems: &mut Problems) {
        let Self { memory_kib, iterations, parallelism, .. } = *self;
        problems.require_within("password.iterations", iterations, &(1..=MAX_ITERATIONS));
        problems.require_within("password.parallelism", parallelism, &(1..=MAX_PARALLELISM));
        let least = parallelism.saturating_mul(MIN_KIB_PER_PARALLELISM);
        problems.require(
            (least..=MAX_MEMORY_KIB).contains(&memory_kib),
            "password.memory_kib",
            format_args!("must be from 8 × password.parallelism to {MAX_MEMORY_KIB}"),
        );
        let safe =
            COST_FLOORS.iter().any(|&(kib, passes)| memory_kib >= kib && iterations >= passes);
        problems.require(
            safe || self.insecure_test_cost,
            "password.memory_kib",
            "with password.iterations is below the OWASP floors: at least 19456 and 2, 47104 and 1, or 12288 and 3",
        );
    }
}

impl PasswordResetSettings {
    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        problems.require_time_within(
            "password_reset.recent_login",
            self.recent_login,
            &(Duration::ZERO..=MAX_RECENT_LOGIN),
        );
        let Some(url) = &self.page_url else { return };
        let key = "password_reset.page_url";
        problems.require(
            urls::is_page(url),
            key,
            "must be an absolute http or https address without user name and fragment",
        );
        problems.require(
            !profile.is_production() || urls::is_https(url),
            key,
            "must be https in production",
        );
    }
}
