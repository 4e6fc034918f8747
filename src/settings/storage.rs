//! The section `storage`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{Problems, Profile, Secret, encoding};

const SCHEMES: [&str; 2] = ["mongodb://", "mongodb+srv://"];
/// Options with which the driver believes any server.
const UNVERIFIED: [&str; 3] =
    ["tlsallowinvalidcertificates=true", "tlsallowinvalidhostnames=true", "tlsinsecure=true"];
/// S-88: looking for a server takes 3 s at most, and no operation lasts as long as a request may.
const SELECTION: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(3);
const OPERATION: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(5);
const QUEUE: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(2);

/// The section `storage`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct StorageSettings {
    pub backend: StorageBackend,
    pub path: PathBuf,
    pub cache_mib: usize,
    pub quick_recovery: bool,
    pub uri: Secret,
    #[serde(with = "encoding::optional")]
    pub uri_file: Option<PathBuf>,
    pub database: String,
    pub pool_size: u32,
    #[serde(with = "encoding::duration")]
    pub server_selection_timeout: Duration,
    #[serde(with = "encoding::duration")]
    pub operation_timeout: Duration,
    #[serde(with = "encoding::duration")]
    pub queue_timeout: Duration,
}

/// Where state lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageBackend {
    /// One durable file on this machine.
    Embedded,
    /// A database that any number of machines share.
    MongoDb,
}

impl StorageSettings {
    pub(super) fn read_secrets(&mut self, problems: &mut Problems) {
        self.uri.read_file("storage.uri", self.uri_file.as_deref(), problems);
    }

    pub(super) fn check(&self, profile: Profile, problems: &mut Problems) {
        let named = !self.path.as_os_str().is_empty();
        problems.require(named, "storage.path", "must name a folder");
        problems.require_within("storage.cache_mib", self.cache_mib, &(1..=65_536));
        problems.require_within("storage.pool_size", self.pool_size, &(2..=1_000));
        problems.require_time_within(
            "storage.server_selection_timeout",
            self.server_selection_timeout,
            &SELECTION,
        );
        problems.require_time_within(
            "storage.operation_timeout",
            self.operation_timeout,
            &OPERATION,
        );
        problems.require_time_within("storage.queue_timeout", self.queue_timeout, &QUEUE);
        problems.require(
            is_database_name(&self.database),
            "storage.database",
            "must be 1 to 38 letters, digits, '-' or '_'",
        );
        self.check_uri(profile, problems);
    }

    fn check_uri(&self, profile: Profile, problems: &mut Problems) {
        let uri = self.uri.get().map_or("", |uri| uri.expose_secret());
        if uri.is_empty() {
            let needed = self.backend == StorageBackend::MongoDb;
            problems.require(!needed, "storage.uri", "is required with the backend \"mongodb\"");
            return;
        }
        let known = SCHEMES.iter().any(|scheme| uri.starts_with(scheme));
        problems.require(known, "storage.uri", "must start with mongodb:// or mongodb+srv://");
        let options = uri.split_once('?').map_or("", |(_, options)| options).to_ascii_lowercase();
        let unverified = options.split('&').any(|option| UNVERIFIED.contains(&option));
        problems.require(
            !profile.is_production() || !unverified,
            "storage.uri",
            "must verify the server's certificate in production",
        );
    }
}

/// What every version and kind of MongoDB accepts.
fn is_database_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=38).contains(&text.len()) && text.bytes().all(allowed)
}
