//! One writer thread that turns whatever waits into one transaction, and one fsync.
//!
//! A lone fsync takes about 3 ms and cannot be made faster, only shared: with 64 writers this
//! gives some 20 000 durable changes a second where one transaction each gives 300.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use redb::{Database, WriteTransaction};
use tokio::sync::oneshot;
use tracing::error;

use crate::backend::{BackendError, Pending};

/// Changes that may wait. Every actor's own capacity is far below; this bounds their sum.
const QUEUE: usize = 10_000;
/// Changes in one transaction: bounds the time the first of them waits for the last.
const BATCH: usize = 1_000;

/// Applies a change; what it returns tells the caller how the commit went.
type Change = Box<dyn FnOnce(&WriteTransaction) -> Result<Announce, Undo> + Send>;
type Announce = Box<dyn FnOnce(Result<(), BackendError>) + Send>;
/// A change that failed half-way: its caller, and why.
type Undo = (Announce, redb::Error);

pub(super) struct GroupCommit {
    queue: SyncSender<Change>,
    healthy: Arc<AtomicBool>,
}

impl GroupCommit {
    pub(super) fn start(database: Arc<Database>) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let writer = Writer { database, healthy: Arc::clone(&healthy) };
        thread::Builder::new().name("store-writer".into()).spawn(move || writer.run(&waiting))?;
        Ok(Self { queue, healthy })
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Acquire)
    }

    pub(super) fn submit<T, F>(&self, change: F) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTransaction) -> Result<T, redb::Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let change: Change = Box::new(move |transaction| match change(transaction) {
            Ok(value) => Ok(Box::new(move |committed: Result<(), BackendError>| {
                let _ = reply.send(committed.map(|()| value));
            })),
            Err(cause) => Err((
                Box::new(move |outcome: Result<(), BackendError>| {
                    let error = outcome.err().unwrap_or(BackendError::Unavailable);
                    let _ = reply.send(Err(error));
                }),
                cause,
            )),
        });
        if self.queue.try_send(change).is_err() {
            return Box::pin(std::future::ready(Err(BackendError::Unavailable)));
        }
        // The writer drops a reply unsent only when a change panicked: the transaction is undone.
        Box::pin(async move { answer.await.unwrap_or(Err(BackendError::Unavailable)) })
    }
}

struct Writer {
    database: Arc<Database>,
    healthy: Arc<AtomicBool>,
}

impl Writer {
    fn run(&self, waiting: &Receiver<Change>) {
        while let Ok(first) = waiting.recv() {
            let batch = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
            let mut applied = Vec::new();
            // A panicking change unwinds out of the transaction, which undoes itself.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.commit(batch, &mut applied)));
            let outcome = outcome.unwrap_or_else(|_| {
                error!("a change to the embedded store panicked, its transaction was undone");
                Err(BackendError::Unavailable)
            });
            for announce in applied {
                announce(outcome);
            }
        }
    }

    fn commit(
        &self,
        batch: impl Iterator<Item = Change>,
        applied: &mut Vec<Announce>,
    ) -> Result<(), BackendError> {
        // Taken from the queue before anything can fail, so that nobody waits for ever.
        let batch: Vec<Change> = batch.collect();
        let mut transaction = self.database.begin_write().map_err(|cause| self.broken(&cause))?;
        // Two-phase: the one-phase checksum can in theory be forged by whoever chooses the data.
        transaction.set_two_phase_commit(true);
        for change in batch {
            match change(&transaction) {
                Ok(announce) => applied.push(announce),
                Err((announce, cause)) => {
                    applied.push(announce);
                    error!(%cause, "a change to the embedded store failed, its transaction was undone");
                    return Err(match cause {
                        redb::Error::Corrupted(_) => BackendError::Corrupt,
                        _ => BackendError::Unavailable,
                    });
                }
            }
        }
        transaction.commit().map_err(|cause| {
            self.broken(&cause);
            BackendError::OutcomeUnknown
        })
    }

    /// redb refuses all further writes after an I/O error: readiness must fail, loudly and once.
    fn broken(&self, cause: &dyn std::fmt::Display) -> BackendError {
        if self.healthy.swap(false, Ordering::AcqRel) {
            error!(%cause, "the embedded store cannot be written any more, restart needed");
        }
        BackendError::Unavailable
    }
}
