//! The section `storage`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Problems;

/// The section `storage`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct StorageSettings {
    pub backend: StorageBackend,
    pub path: PathBuf,
    pub cache_mib: usize,
}

/// Where state lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageBackend {
    /// One durable file on this machine.
    Embedded,
}

impl StorageSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let named = !self.path.as_os_str().is_empty();
        problems.require(named, "storage.path", "must name a folder");
        problems.require_within("storage.cache_mib", self.cache_mib, &(1..=65_536));
    }
}
