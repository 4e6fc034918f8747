//! What happens to changes: shared commits, undone transactions, an orderly end.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableDatabase, ReadableTableMetadata, StorageBackend};

use super::super::group_commit::GroupCommit;
use super::super::{decode, encode};
use super::*;

/// Holds the writer thread until the sender is dropped, so that what follows waits together.
fn hold(store: &Store) -> mpsc::Sender<()> {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel();
    drop(store.write(move |_| {
        let _ = started.send(());
        let _ = released.recv();
        Ok(())
    }));
    has_started.recv().unwrap();
    release
}

#[tokio::test]
async fn a_change_is_there_after_the_store_was_dropped_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    note(&store, 1, "kept").await.unwrap();
    drop(store);
    assert_eq!(noted(&open(folder.path()), 1).await.as_deref(), Some("kept"));
}

#[tokio::test]
async fn dropping_the_last_handle_makes_what_was_queued_durable_and_frees_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let other = store.clone();
    let release = hold(&store);
    let queued: Vec<_> = (0..100)
        .map(|key| {
            store.write(move |transaction| {
                transaction.open_table(NOTES)?.insert(key, "queued")?;
                Ok(())
            })
        })
        .collect();
    drop(queued);
    drop(store);
    assert!(matches!(refused(folder.path()), OpenError::InUse(_)), "a clone is still there");
    drop(release);
    drop(other);
    assert_eq!(noted(&open(folder.path()), 99).await.as_deref(), Some("queued"));
}

#[tokio::test]
async fn the_file_stays_open_for_a_query_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    note(&store, 1, "kept").await.unwrap();
    let query = store.read(|transaction| Ok(transaction.open_table(NOTES)?.len()?));
    drop(store);
    assert_eq!(query.await, Ok(1));
    drop(open(folder.path()));
}

#[tokio::test]
async fn sixty_four_changes_that_wait_together_share_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    note(&store, 1_000, "the table").await.unwrap();
    let release = hold(&store);
    let database = Arc::clone(&store.0.database);
    let waiting: Vec<_> = (0..64)
        .map(|key| {
            let database = Arc::clone(&database);
            store.write(move |transaction| {
                transaction.open_table(NOTES)?.insert(key, "together")?;
                // How much was durable when this change was applied: it tells commits apart.
                Ok(database.begin_read()?.open_table(NOTES)?.len()?)
            })
        })
        .collect();
    drop(release);
    let mut commits = BTreeSet::new();
    for answer in waiting {
        commits.insert(answer.await.unwrap());
    }
    assert_eq!(commits, BTreeSet::from([1]));
    assert_eq!(noted(&store, 63).await.as_deref(), Some("together"));
}

#[tokio::test]
async fn a_failing_change_undoes_its_transaction_and_the_writer_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    note(&store, 1, "before").await.unwrap();
    for (cause, answer) in [
        (redb::Error::InvalidSavepoint, BackendError::Unavailable),
        (redb::Error::Corrupted("a record".into()), BackendError::Corrupt),
    ] {
        let release = hold(&store);
        let earlier = store.write(|transaction| {
            transaction.open_table(NOTES)?.insert(2, "undone")?;
            Ok(())
        });
        let failing = store.write(|transaction| -> Result<(), _> {
            transaction.open_table(NOTES)?.insert(3, "half-way")?;
            Err(cause)
        });
        let later = store.write(|_| Ok(()));
        drop(release);
        assert_eq!(failing.await, Err(answer));
        assert_eq!(earlier.await, Err(BackendError::Unavailable), "a bystander may try again");
        assert_eq!(later.await, Err(BackendError::Unavailable));
    }
    assert_eq!((noted(&store, 2).await, noted(&store, 3).await), (None, None));
    note(&store, 4, "after").await.unwrap();
    assert!(store.is_writable());
}

#[tokio::test]
async fn a_panicking_change_undoes_its_transaction_and_the_writer_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    note(&store, 1, "before").await.unwrap();
    let release = hold(&store);
    let earlier = store.write(|transaction| {
        transaction.open_table(NOTES)?.insert(2, "undone")?;
        Ok(())
    });
    let panicking = store.write(|transaction| -> Result<(), _> {
        let mut table = transaction.open_table(NOTES)?;
        table.insert(3, "half-way")?;
        panic!("as ordered, with a table open")
    });
    drop(release);
    assert_eq!(panicking.await, Err(BackendError::Unavailable));
    assert_eq!(earlier.await, Err(BackendError::Unavailable));
    assert_eq!((noted(&store, 2).await, noted(&store, 3).await), (None, None));
    note(&store, 4, "after").await.unwrap();
    assert!(store.is_writable());
    drop(store);
    assert_eq!(noted(&open(folder.path()), 4).await.as_deref(), Some("after"));
}

#[tokio::test]
async fn a_panicking_query_costs_its_caller_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let answer = store.read(|_| -> Result<(), _> { panic!("as ordered") }).await;
    assert_eq!(answer, Err(BackendError::Unavailable));
    note(&store, 1, "after").await.unwrap();
}

/// A disk that stops confirming.
#[derive(Debug, Default)]
struct FailingDisk {
    memory: InMemoryBackend,
    failing: Arc<AtomicBool>,
}

impl StorageBackend for FailingDisk {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}

#[tokio::test]
async fn an_unconfirmed_commit_has_an_unknown_outcome_and_ends_all_writing() {
    // S-92: what the disk did not confirm is not acknowledged.
    let disk = FailingDisk::default();
    let failing = Arc::clone(&disk.failing);
    let database = Database::builder().create_with_backend(disk).unwrap();
    let writer = GroupCommit::start(Arc::new(database), Recovery::Quick).unwrap();
    let write = || {
        writer.submit(|transaction| {
            transaction.open_table(NOTES)?.insert(1, "text")?;
            Ok(())
        })
    };
    assert_eq!(write().await, Ok(()));
    assert!(writer.is_healthy());
    failing.store(true, Ordering::SeqCst);
    assert_eq!(write().await, Err(BackendError::OutcomeUnknown));
    assert!(!writer.is_healthy());
    failing.store(false, Ordering::SeqCst);
    assert_eq!(write().await, Err(BackendError::Unavailable), "only a restart helps");
}

#[test]
fn a_record_of_another_schema_or_shape_is_corrupt() {
    let bytes = encode(1, &("text", 7_u32)).unwrap();
    assert_eq!(decode::<(String, u32)>(1, &bytes).unwrap(), ("text".to_owned(), 7));
    let longer = [&bytes[..], b"more"].concat();
    for (schema, bytes) in [(2, &bytes[..]), (1, &bytes[..3]), (1, &longer), (1, &[])] {
        let refused = decode::<(String, u32)>(schema, bytes);
        assert!(matches!(refused, Err(redb::Error::Corrupted(_))), "{schema} {bytes:?}");
    }
}
