//! One of the two stores, opened.

use std::path::PathBuf;

use super::{MigrateError, Movable};
use crate::attempt_guard::{
    EmbeddedJournal, EmbeddedKnown, GuessBudget, KnownClients, MongoGuard, SignInFailures,
    SignUpNotice,
};
use crate::backend::BackendError;
use crate::embedded::{self, Recovery, Store};
use crate::mongo::{CollectionSpec, Mongo, MongoSettings};
use crate::revocation_registry::{AccountSessions, EmbeddedSessions, EndedSession, MongoSessions};
use crate::user_store::{EmbeddedUsers, MongoUsers, User};

/// Where a store is.
pub enum StoreAt {
    /// One durable file on this machine.
    Embedded {
        /// Its folder.
        path: PathBuf,
        /// Bytes of its pages kept in memory.
        cache_bytes: usize,
    },
    /// A MongoDB database.
    MongoDb(MongoSettings),
}

/// A store that is open, and its collections in order.
pub(crate) enum OpenedStore {
    /// The file.
    Embedded(Store),
    /// The database.
    MongoDb(Mongo),
}

impl StoreAt {
    /// Opens the store, made where it is missing; `collections` are those that MongoDB must hold.
    pub(crate) async fn open(
        &self,
        collections: &[CollectionSpec],
    ) -> Result<OpenedStore, MigrateError> {
        match self {
            Self::Embedded { path, cache_bytes } => {
                // Much is written, and the store is closed in order at the end.
                let store = Store::open_with(path, *cache_bytes, Recovery::Walk)?;
                Ok(OpenedStore::Embedded(store))
            }
            Self::MongoDb(settings) => {
                let mongo = Mongo::open(settings).await?;
                if !mongo.prepare(collections).await {
                    return Err(MigrateError::Unprepared);
                }
                Ok(OpenedStore::MongoDb(mongo))
            }
        }
    }
}

/// All that is moved, by kind.
pub(super) struct Side {
    pub(super) users: Box<dyn Movable<User>>,
    pub(super) sessions: Box<dyn Movable<AccountSessions>>,
    pub(super) ended: Box<dyn Movable<EndedSession>>,
    pub(super) failures: Box<dyn Movable<SignInFailures>>,
    pub(super) known: Box<dyn Movable<KnownClients>>,
    pub(super) guesses: Box<dyn Movable<GuessBudget>>,
    pub(super) notices: Box<dyn Movable<SignUpNotice>>,
}

impl Side {
    /// Opens a store that must exist.
    pub(super) async fn open_source(at: &StoreAt) -> Result<Self, MigrateError> {
        match at {
            StoreAt::Embedded { path, .. } if !embedded::exists(path) => {
                Err(MigrateError::NoSource(path.clone()))
            }
            _ => Self::open(at).await,
        }
    }

    /// Opens a store, made where it is missing.
    pub(super) async fn open(at: &StoreAt) -> Result<Self, MigrateError> {
        Ok(match at.open(&collections()).await? {
            OpenedStore::Embedded(store) => Self::embedded(&store).await?,
            OpenedStore::MongoDb(mongo) => Self::mongodb(&mongo),
        })
    }

    async fn embedded(store: &Store) -> Result<Self, BackendError> {
        let sessions = EmbeddedSessions::open(store).await?;
        let journal = EmbeddedJournal::prepared(store).await?;
        let known = EmbeddedKnown::new(journal.clone(), EmbeddedUsers::open(store).await?);
        Ok(Self {
            users: Box::new(EmbeddedUsers::open(store).await?),
            sessions: Box::new(sessions.clone()),
            ended: Box::new(sessions),
            failures: Box::new(journal.clone()),
            known: Box::new(known),
            guesses: Box::new(journal.clone()),
            notices: Box::new(journal),
        })
    }

    pub(super) fn mongodb(mongo: &Mongo) -> Self {
        let sessions = MongoSessions::new(mongo.clone());
        let counters = MongoGuard::movable(mongo);
        Self {
            users: Box::new(MongoUsers::new(mongo.clone())),
            sessions: Box::new(sessions.clone()),
            ended: Box::new(sessions),
            failures: Box::new(counters.clone()),
            known: Box::new(counters.clone()),
            guesses: Box::new(counters.clone()),
            notices: Box::new(counters),
        }
    }
}

/// What must be in order in MongoDB.
pub(super) fn collections() -> Vec<CollectionSpec> {
    let mut collections = vec![MongoUsers::collection()];
    collections.extend(MongoSessions::collections());
    collections.extend(MongoGuard::collections());
    collections
}
