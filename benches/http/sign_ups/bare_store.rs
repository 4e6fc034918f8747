//! The writes of a sign-up by redb alone: no HTTP, no actors, one thread that commits what waits.

use std::iter::once;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// As the server's own writer has them.
const QUEUE: usize = 10_000;
const BATCH: usize = 1_000;

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;
const CODES: Table = TableDefinition::new("codes");
const USERS: Table = TableDefinition::new("users");
const EMAILS: Table = TableDefinition::new("emails");
const SESSIONS: Table = TableDefinition::new("sessions");
const ENDS: Table = TableDefinition::new("ends");
/// Bytes of the records that the server keeps.
const CODE: &[u8] = &[1; 240];
const USER: &[u8] = &[2; 180];
const SESSION: &[u8] = &[3; 60];

type Change = Box<dyn FnOnce(&WriteTransaction) -> Result<(), redb::Error> + Send>;

/// A store of its own. Its writer ends with it.
pub struct BareStore {
    queue: SyncSender<(Change, oneshot::Sender<()>)>,
    _folder: TempDir,
}

impl BareStore {
    pub fn open() -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = Database::create(folder.path().join("bare.redb")).expect("an empty store");
        let (queue, waiting) = sync_channel(QUEUE);
        thread::spawn(move || commit_all(&database, &waiting));
        Self { queue, _folder: folder }
    }

    /// The four changes of a sign-up with verification, each durable before the next begins.
    pub async fn sign_up(&self, number: u32) {
        let id = scattered(number);
        let email = format!("u{number}@example.com");
        self.write(move |to| insert(to, CODES, &id, CODE)).await;
        self.write(move |to| {
            to.open_table(CODES)?.remove(id.as_slice())?;
            Ok(())
        })
        .await;
        self.write(move |to| {
            let is_new = to.open_table(EMAILS)?.get(email.as_bytes())?.is_none()
                && to.open_table(USERS)?.get(id.as_slice())?.is_none();
            assert!(is_new, "a number is used once");
            insert(to, EMAILS, email.as_bytes(), &id)?;
            insert(to, USERS, &id, USER)
        })
        .await;
        self.write(move |to| {
            insert(to, SESSIONS, &[id, id].concat(), SESSION)?;
            insert(to, ENDS, &[&[0; 8], id.as_slice(), &id].concat(), &[])
        })
        .await;
    }

    /// Durable when it returns.
    async fn write(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error> + Send + 'static,
    ) {
        let (done, durable) = oneshot::channel();
        assert!(self.queue.try_send((Box::new(change), done)).is_ok(), "there is room");
        durable.await.expect("it is durable");
    }
}

/// One transaction for all that waits, as durable as the server's own.
fn commit_all(database: &Database, waiting: &Receiver<(Change, oneshot::Sender<()>)>) {
    while let Ok(first) = waiting.recv() {
        let mut transaction = database.begin_write().expect("a transaction");
        transaction.set_quick_repair(true);
        let mut applied = Vec::new();
        for (change, done) in once(first).chain(waiting.try_iter().take(BATCH - 1)) {
            change(&transaction).expect("a change is applied");
            applied.push(done);
        }
        transaction.commit().expect("a commit");
        for done in applied {
            let _ = done.send(());
        }
    }
}

fn insert(
    to: &WriteTransaction,
    table: Table,
    key: &[u8],
    value: &[u8],
) -> Result<(), redb::Error> {
    to.open_table(table)?.insert(key, value)?;
    Ok(())
}

/// Far from each other, like random ids.
fn scattered(number: u32) -> [u8; 16] {
    u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes()
}
