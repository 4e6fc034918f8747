//! The embedded store: one redb file under `storage.path`, shared by the actors' backends.
//!
//! Durable: a change is fsynced before anybody is told of it; changes that wait at the same time
//! share one commit ([`group_commit`]). Crash-safe: redb commits atomically. Exclusive: a second
//! process is refused. Careful: a file that is not understood is not written to ([`dry_run`]).

mod codec;
mod create;
mod dry_run;
mod group_commit;
pub(crate) mod keys;
mod open;
mod overlay;
mod page;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};
use tracing::error;

use crate::backend::{BackendError, Pending};
use crate::store_metrics::OperationMetrics;

pub(crate) use codec::{decode, encode};
use group_commit::GroupCommit;
pub use open::OpenError;
use open::Opened;
pub(crate) use open::exists;
pub(crate) use page::page;

/// What a start does when the last process did not close the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Next to nothing. For that, each commit writes down which pages of the file are free.
    Quick,
    /// It reads the whole file, at a gigabyte in some seconds, to see which pages are free.
    Walk,
}

/// A handle on the store; clones share it.
///
/// Dropping the last one waits for the changes under way and closes the file, so that the folder
/// can be opened again at once. A change must not hold a `Store`: it would wait for itself.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

/// Dropped from top to bottom: no more changes, then no more database, then no more lock.
struct Inner {
    writer: GroupCommit,
    database: Arc<Database>,
    reads: Arc<OperationMetrics>,
    writes: Arc<OperationMetrics>,
    _lock: File,
}

impl Store {
    /// Opens the store in `folder`, creating it when the folder holds none. Recovery is quick.
    ///
    /// `cache_bytes` bounds the pages kept in memory.
    pub(crate) fn open(folder: &Path, cache_bytes: usize) -> Result<Self, OpenError> {
        Self::open_with(folder, cache_bytes, Recovery::Quick)
    }

    /// The same with the choice how the next start recovers from a crash of this one.
    pub(crate) fn open_with(
        folder: &Path,
        cache_bytes: usize,
        recovery: Recovery,
    ) -> Result<Self, OpenError> {
        let Opened { database, lock } = open::open(folder, cache_bytes)?;
        let database = Arc::new(database);
        let commits = GroupCommit::start(Arc::clone(&database), recovery)
            .map_err(|cause| OpenError::Io { folder: folder.to_owned(), cause })?;
        let operation = |name| OperationMetrics::register("embedded", name);
        let (reads, writes) = (operation("read"), operation("write"));
        Ok(Self(Arc::new(Inner { writer: commits, database, reads, writes, _lock: lock })))
    }

    /// Applies `change` in the next write transaction and resolves when it is durable. It is
    /// applied even if nobody waits for the answer.
    ///
    /// Other changes share the transaction. So `change` must decide before it writes: a refusal
    /// is a value of `T`, reached without having written. An `Err` or a panic undoes the whole
    /// transaction; the others in it are told [`BackendError::Unavailable`].
    pub(crate) fn write<T, F>(&self, change: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        let (pending, series) = (self.0.writer.submit(change), Arc::clone(&self.0.writes));
        Box::pin(async move { series.measure(pending).await })
    }

    /// Runs `query` on the last durable state, on a thread that may block.
    pub(crate) fn read<T, F>(&self, query: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&ReadTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        // A whole `Store`: while somebody reads, the file stays open.
        let store = self.clone();
        Box::pin(async move {
            let series = Arc::clone(&store.0.reads);
            let run = move || query(&store.0.database.begin_read()?);
            series.measure(answer_of(run)).await
        })
    }

    /// Whether changes can still become durable. Once false, it stays false until a restart.
    pub(crate) fn is_writable(&self) -> bool {
        self.0.writer.is_healthy()
    }
}

/// What a thread that may block finds.
async fn answer_of<T: Send + 'static>(
    query: impl FnOnce() -> Result<T, redb::Error> + Send + 'static,
) -> Result<T, BackendError> {
    match tokio::task::spawn_blocking(query).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => {
            error!(%cause, "the embedded store cannot be read");
            Err(answer_to(&cause))
        }
        Err(cause) => {
            error!(%cause, "a query of the embedded store did not finish");
            Err(BackendError::Unavailable)
        }
    }
}

/// What the caller is told of `cause`, which undid its change or ended its query.
fn answer_to(cause: &redb::Error) -> BackendError {
    match cause {
        redb::Error::Corrupted(_) => BackendError::Corrupt,
        _ => BackendError::Unavailable,
    }
}
