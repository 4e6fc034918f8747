//! How to reach MongoDB, and within which bounds.

use std::time::Duration;

use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use secrecy::{ExposeSecret, SecretString};

/// How long the servers may take to make a write durable on a majority (S-92). Shorter than an
/// operation: its failure is still told apart from silence.
const WRITE_CONCERN_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections beside those of requests: for a change stream, and for what a node reads of its own
/// accord.
const ASIDE: u32 = 2;

/// How to reach MongoDB.
#[derive(Clone)]
pub struct MongoSettings {
    /// The connection string, with its credentials.
    pub uri: SecretString,
    /// The database that holds this server's collections.
    pub database: String,
    /// How long to look for a server that can take an operation (S-88: at most 3 s).
    pub server_selection_timeout: Duration,
    /// How long one operation may take in all, looking for a server included.
    pub operation_timeout: Duration,
    /// Connections, and operations under way.
    pub pool_size: u32,
    /// How long an operation may wait for its turn.
    pub queue_timeout: Duration,
}

/// The connection string cannot be used. It never holds the string, which is a secret.
#[derive(Debug, thiserror::Error)]
#[error("storage.uri: {0}")]
pub struct MongoSettingsError(String);

impl MongoSettings {
    /// What the driver is given.
    ///
    /// Durability is not negotiable: `w`, `journal` and `readConcernLevel` of the connection
    /// string are replaced.
    pub(super) async fn client_options(&self) -> Result<ClientOptions, MongoSettingsError> {
        let mut options = ClientOptions::parse(self.uri.expose_secret())
            .await
            .map_err(|error| MongoSettingsError(without_secrets(&error)))?;
        options.app_name = options.app_name.or_else(|| Some("bioentrust-auth".to_owned()));
        options.server_selection_timeout = Some(self.server_selection_timeout);
        options.connect_timeout = Some(self.server_selection_timeout);
        options.max_pool_size = Some(self.pool_size.saturating_add(ASIDE));
        // A cold pool after an outage should fill at once: the operations wait anyway.
        options.max_connecting = Some(self.pool_size.clamp(2, 16));
        options.write_concern = Some(
            WriteConcern::builder()
                .w(Acknowledgment::Majority)
                .journal(true)
                .w_timeout(WRITE_CONCERN_TIMEOUT)
                .build(),
        );
        options.read_concern = Some(ReadConcern::majority());
        options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Ok(options)
    }
}

/// The driver repeats parts of the connection string in its words, so the kind of its complaint is
/// all that is shown.
fn without_secrets(error: &mongodb::error::Error) -> String {
    use mongodb::error::ErrorKind;
    match &*error.kind {
        ErrorKind::InvalidArgument { .. } => "is not a valid MongoDB connection string".to_owned(),
        ErrorKind::DnsResolve { .. } => "its host name cannot be resolved".to_owned(),
        ErrorKind::InvalidTlsConfig { .. } => "its TLS files cannot be used".to_owned(),
        _ => "cannot be used".to_owned(),
    }
}

impl MongoSettingsError {
    pub(super) fn from_driver(what: &str) -> Self {
        Self(what.to_owned())
    }
}
