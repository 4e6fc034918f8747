//! The section `log`.

use serde::{Deserialize, Serialize};

use super::Profile;

/// The section `log`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct LogSettings {
    pub level: Level,
    pub format: Format,
}

/// How fine the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are those of every logger")]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// What an event looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON in production, text otherwise.
    Auto,
    /// One JSON object per line.
    Json,
    /// One line to read.
    Text,
}

impl LogSettings {
    /// Whether events are JSON objects.
    #[must_use]
    pub const fn is_json(&self, profile: Profile) -> bool {
        match self.format {
            Format::Json => true,
            Format::Text => false,
            Format::Auto => profile.is_production(),
        }
    }
}
