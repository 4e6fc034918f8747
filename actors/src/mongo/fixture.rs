//! A database of a test's own.

use std::time::Duration;

use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
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
    Some(open(&Database::standalone().await?.settings, specs).await)
}

/// The same on a replica set.
pub(crate) async fn prepared_on_replica_set(specs: &[CollectionSpec]) -> Option<Mongo> {
    Some(open(&Database::replicated().await?.settings, specs).await)
}

/// Another machine on the same database.
pub(crate) async fn open(settings: &MongoSettings, specs: &[CollectionSpec]) -> Mongo {
    let specs: Vec<_> = specs.iter().cloned().map(without_expiry).collect();
    open_as_it_is(settings, &specs).await
}

/// Tests have a time of their own, in the past: the server would remove what lives in it.
fn without_expiry(mut spec: CollectionSpec) -> CollectionSpec {
    spec.indexes.retain(|index| index.expire_after.is_none());
    spec
}

async fn open_as_it_is(settings: &MongoSettings, specs: &[CollectionSpec]) -> Mongo {
    let mongo = Mongo::open(settings).await.unwrap();
    assert!(mongo.prepare(specs).await, "the database can be prepared");
    mongo
}

/// A database that any number of machines may open. Expiry is on.
pub(crate) struct Database {
    pub(crate) settings: MongoSettings,
}

impl Database {
    /// On a standalone server; `None` where there is no mongod.
    pub(crate) async fn standalone() -> Option<Self> {
        let (uri, database) = mongod::shared_standalone().await?;
        Some(Self { settings: settings(&uri, &database) })
    }

    /// On a replica set; `None` where there is no mongod.
    pub(crate) async fn replicated() -> Option<Self> {
        let (uri, database) = mongod::shared_replica_set().await?;
        Some(Self { settings: settings(&uri, &database) })
    }

    /// One more machine.
    pub(crate) async fn open(&self, specs: &[CollectionSpec]) -> Mongo {
        open_as_it_is(&self.settings, specs).await
    }

    /// One more machine, whose commands are observed.
    pub(crate) async fn open_observed(
        &self,
        specs: &[CollectionSpec],
        observer: EventHandler<CommandEvent>,
    ) -> Mongo {
        let mut options = self.settings.client_options().await.unwrap();
        options.command_event_handler = Some(observer);
        let mongo = Mongo::with_options(&self.settings, options).unwrap();
        assert!(mongo.prepare(specs).await, "the database can be prepared");
        mongo
    }
}
