//! One writer thread that turns whatever waits into one transaction, and one pair of fsyncs.
//!
//! A lone commit takes some milliseconds and cannot be made faster, only shared: with 64 writers
//! this gives some 20 000 durable changes a second where one transaction each gives 300.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use redb::{CommitError, Database, WriteTransaction};
use tokio::sync::oneshot;
use tracing::error;

use super::{Recovery, answer_to};
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

/// The queue to the writer thread. Dropping it waits until all that was queued is durable.
pub(super) struct GroupCommit {
    /// `None` only while being dropped.
    queue: Option<SyncSender<Change>>,
    writer: Option<JoinHandle<()>>,
    healthy: Arc<AtomicBool>,
}

impl GroupCommit {
    pub(super) fn start(database: Arc<Database>, recovery: Recovery) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let writer = Writer { database, recovery, healthy: Arc::clone(&healthy) };
        let thread = thread::Builder::new().name("store-writer".into());
        let writer = thread.spawn(move || writer.run(&waiting))?;
        Ok(Self { queue: Some(queue), writer: Some(writer), healthy })
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
            Err(cause) => {
                let announce = move |undone: Result<(), BackendError>| {
                    let _ = reply.send(Err(undone.err().unwrap_or(BackendError::Unavailable)));
                };
                Err((Box::new(announce), cause))
            }
        });
        let queued = self.queue.as_ref().is_some_and(|queue| queue.try_send(change).is_ok());
        Box::pin(async move {
            if !queued {
                return Err(BackendError::Unavailable);
            }
            // The writer drops a reply unsent when it undoes the transaction before or in it.
            answer.await.unwrap_or(Err(BackendError::Unavailable))
        })
    }
}

impl Drop for GroupCommit {
    fn drop(&mut self) {
        drop(self.queue.take());
        // A panic of the writer has been reported by the panic hook; nothing is left to do.
        let _ = self.writer.take().map(JoinHandle::join);
    }
}

struct Writer {
    database: Arc<Database>,
    recovery: Recovery,
    healthy: Arc<AtomicBool>,
}

impl Writer {
    fn run(&self, waiting: &Receiver<Change>) {
        while let Ok(first) = waiting.recv() {
            // Taken from the queue before anything can fail, so that nobody waits for ever.
            let batch = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1)).collect();
            let mut applied = Vec::new();
            let commit = AssertUnwindSafe(|| self.commit(batch, &mut applied));
            // redb itself panics when it finds its pages damaged.
            let outcome = catch_unwind(commit).unwrap_or_else(|_| {
                self.broken(&"the commit panicked");
                Err(BackendError::OutcomeUnknown)
            });
            for announce in applied {
                announce(outcome);
            }
        }
    }

    /// Applies all of `batch` durably, or nothing of it.
    fn commit(&self, batch: Vec<Change>, applied: &mut Vec<Announce>) -> Result<(), BackendError> {
        let mut transaction = self.database.begin_write().map_err(|cause| {
            self.broken(&cause);
            BackendError::Unavailable
        })?;
        // The checksum of one phase can in theory be forged by whoever chooses the data.
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(self.recovery == Recovery::Quick);
        for change in batch {
            // Caught here, not further out: redb cannot undo a transaction while unwinding.
            match catch_unwind(AssertUnwindSafe(|| change(&transaction))) {
                Ok(Ok(announce)) => applied.push(announce),
                Ok(Err((announce, cause))) => {
                    self.undo(transaction, &cause);
                    announce(Err(answer_to(&cause)));
                    return Err(BackendError::Unavailable);
                }
                Err(_) => {
                    self.undo(transaction, &"it panicked");
                    return Err(BackendError::Unavailable);
                }
            }
        }
        transaction.commit().map_err(|cause| match cause {
            CommitError::Storage(cause) => {
                self.broken(&cause);
                BackendError::OutcomeUnknown
            }
            cause => {
                error!(%cause, "the embedded store undid a transaction");
                BackendError::Unavailable
            }
        })
    }

    fn undo(&self, transaction: WriteTransaction, cause: &dyn std::fmt::Display) {
        error!(%cause, "a change to the embedded store failed, its transaction is undone");
        if let Err(cause) = transaction.abort() {
            self.broken(&cause);
        }
    }

    /// redb refuses all further writes after an I/O error: readiness must fail, loudly and once.
    fn broken(&self, cause: &dyn std::fmt::Display) {
        if self.healthy.swap(false, Ordering::AcqRel) {
            error!(%cause, "the embedded store cannot be written any more, restart needed");
        }
    }
}
