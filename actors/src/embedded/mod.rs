//! The embedded store: one redb file under `storage.path`, shared by the actors' backends.
//!
//! Durable: a change is fsynced before anybody is told of it; changes that wait at the same time
//! share one fsync ([`group_commit`]). Crash-safe: redb commits atomically. Exclusive: a second
//! process is refused.

mod codec;
mod group_commit;
mod open;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};
use tracing::error;

use crate::backend::{BackendError, Pending};

pub(crate) use codec::{decode, encode};
use group_commit::GroupCommit;
pub use open::OpenError;

/// A handle on the store; clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    database: Arc<Database>,
    writer: Arc<GroupCommit>,
}

impl Store {
    /// Opens the store in `folder`, creating it when the folder holds none.
    ///
    /// `cache_bytes` bounds the pages kept in memory.
    pub(crate) fn open(folder: &Path, cache_bytes: usize) -> Result<Self, OpenError> {
        let database = Arc::new(open::open(folder, cache_bytes)?);
        let writer = Arc::new(GroupCommit::start(Arc::clone(&database))?);
        Ok(Self { database, writer })
    }

    /// Applies `change` in the next write transaction and resolves when it is durable.
    ///
    /// Other changes share the transaction. So `change` must decide before it writes: a refusal
    /// is a value of `T`, reached without having written. An `Err` undoes the whole transaction.
    pub(crate) fn write<T, F>(&self, change: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        self.writer.submit(change)
    }

    /// Runs `query` on the last durable state, on a thread that may block.
    pub(crate) fn read<T, F>(&self, query: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        let database = Arc::clone(&self.database);
        Box::pin(async move {
            let run = move || query(&database.begin_read()?);
            match tokio::task::spawn_blocking(run).await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(cause)) => {
                    error!(%cause, "the embedded store cannot be read");
                    Err(match cause {
                        redb::Error::Corrupted(_) => BackendError::Corrupt,
                        _ => BackendError::Unavailable,
                    })
                }
                Err(_) => Err(BackendError::Unavailable),
            }
        })
    }

    /// Whether changes can still become durable. Once false, it stays false until a restart.
    pub(crate) fn is_writable(&self) -> bool {
        self.writer.is_healthy()
    }
}
