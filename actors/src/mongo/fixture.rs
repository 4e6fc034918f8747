//! A database of a test's own.

use std::time::Duration;

use secrecy::SecretString;

use super::{CollectionSpec, Mongo, MongoSettings};

/// Settings of a server under test.
pub(crate) fn settings(uri: &str, database: &str) -> MongoSettings {
    MongoSettings {
        uri: SecretString::from(uri),
        database: database.to_owned(),
        server_selection_timeout: Duration::from_secs(3),
        operation_timeout: Duration::from_secs(5),
        pool_size: 16,
        queue_timeout: Duration::from_secs(5),
    }
}

/// An empty database on a standalone server, with these collections; `None` where there is no
/// mongod.
pub(crate) async fn prepared(specs: &[CollectionSpec]) -> Option<Mongo> {
    let (uri, database) = mongod::shared_standalone().await?;
    Some(open(&settings(&uri, &database), specs).await)
}

/// Another machine on the same database.
pub(crate) async fn open(settings: &MongoSettings, specs: &[CollectionSpec]) -> Mongo {
    let mongo = Mongo::open(settings).await.unwrap();
    let specs: Vec<_> = specs.iter().cloned().map(without_expiry).collect();
    let specs = specs.as_slice();
    assert!(mongo.prepare(specs).await, "the database can be prepared");
    mongo
}

/// Tests have a time of their own, in the past: the server would remove what lives in it.
fn without_expiry(mut spec: CollectionSpec) -> CollectionSpec {
    spec.indexes.retain(|index| index.expire_after.is_none());
    spec
}
