//! The section `audit`.

use std::time::Duration;

use actors::audit_trail::AuditRules;
use serde::{Deserialize, Serialize};

use super::{Problems, encoding};

/// A day, because less is no record, to ten years.
const KEEP: [Duration; 2] = [Duration::from_hours(24), Duration::from_hours(10 * 365 * 24)];

/// The section `audit`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct AuditSettings {
    pub enabled: bool,
    #[serde(with = "encoding::duration")]
    pub keep: Duration,
    pub queue: usize,
}

impl From<&AuditSettings> for AuditRules {
    fn from(settings: &AuditSettings) -> Self {
        Self { enabled: settings.enabled, keep: settings.keep, queue: settings.queue }
    }
}

impl AuditSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let [min, max] = KEEP;
        problems.require_time_within("audit.keep", self.keep, &(min..=max));
        problems.require_within("audit.queue", self.queue, &(1..=1_000_000));
    }
}
