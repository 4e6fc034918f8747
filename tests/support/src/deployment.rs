//! What the servers of a test binary run on.
//!
//! The same tests run on every store, each time as a binary of its own, whose name says which:
//! `api` on the embedded store, `api_mongodb` on MongoDB, `api_cluster` on three nodes over one
//! MongoDB, of which each request meets any.

use std::ffi::OsString;

/// How a server under test is set up.
pub(crate) struct Deployment {
    /// Server processes, or threads.
    pub(crate) nodes: usize,
    /// The settings that say where state lives.
    pub(crate) storage: Vec<(OsString, OsString)>,
}

impl Deployment {
    /// A deployment with a store of its own.
    pub(crate) fn new() -> Self {
        let (nodes, database) = match binary_name() {
            name if name.starts_with("api_cluster") => (3, database(Kind::ReplicaSet)),
            name if name.starts_with("api_mongodb") => (1, database(Kind::Standalone)),
            _ => (1, None),
        };
        match database {
            Some(storage) => Self { nodes, storage },
            // Where there is no mongod, which has been said by now, the tests still mean something.
            None => Self { nodes: 1, storage: Vec::new() },
        }
    }
}

enum Kind {
    Standalone,
    ReplicaSet,
}

/// The name of the test binary, without the hash that cargo adds.
fn binary_name() -> String {
    let path = std::env::current_exe().unwrap();
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The settings of a database that is the caller's own.
fn database(kind: Kind) -> Option<Vec<(OsString, OsString)>> {
    // The caller may be inside a runtime, which must not be blocked on from within.
    let found = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (uri, database) = match kind {
                Kind::Standalone => mongod::shared_standalone().await?,
                Kind::ReplicaSet => mongod::shared_replica_set().await?,
            };
            mongod::keep_expired(&uri).await;
            Some((uri, database))
        })
    });
    let (uri, database) = found.join().unwrap()?;
    Some(patient_settings(&uri, &database))
}

/// The settings of a database for tests of a crowd: what is not decided in time is refused with 503,
/// and how long a crowd takes is up to the machine.
pub fn patient_settings(uri: &str, database: &str) -> Vec<(OsString, OsString)> {
    let longest =
        ["USER_STORE", "REVOCATION_REGISTRY", "OTP_MANAGER", "ATTEMPT_GUARD", "RATE_LIMITER"]
            .map(|actor| (format!("BIOENTRUST_ACTORS__{actor}__DEADLINE").into(), "10s".into()));
    let mut settings = settings(uri, database);
    settings.extend(longest);
    settings.push(("BIOENTRUST_STORAGE__OPERATION_TIMEOUT".into(), "5s".into()));
    settings.push(("BIOENTRUST_STORAGE__QUEUE_TIMEOUT".into(), "2s".into()));
    settings
}

/// The settings of a database.
pub fn settings(uri: &str, database: &str) -> Vec<(OsString, OsString)> {
    let own = |(key, value): (&str, &str)| (OsString::from(key), OsString::from(value));
    let settings = [
        ("BIOENTRUST_STORAGE__BACKEND", "mongodb"),
        ("BIOENTRUST_STORAGE__URI", uri),
        ("BIOENTRUST_STORAGE__DATABASE", database),
    ];
    settings.map(own).to_vec()
}
