//! The outbox in the embedded store: entries by id, and their ids by the time they are due.

#[cfg(test)]
mod tests;

use redb::{ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use tracing::error;

use super::{OutboxBackend, PutOutcome};
use crate::backend::{BackendError, Pending};
use crate::domain::{OutboxId, Timestamp};
use crate::embedded::{Store, decode, encode};
use crate::notification_dispatch::outbox::OutboxEntry;
use crate::notification_dispatch::retry::History;

/// Id to [`Record`].
const OUTBOX: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("outbox");
/// Milliseconds and id: nothing.
const BY_DUE: TableDefinition<'_, (u64, &[u8]), ()> = TableDefinition::new("outbox_by_due");
/// Schema 1. A change of any field, or of the order of fields, is another schema.
const SCHEMA: u8 = 1;

/// The outbox of one machine.
pub(crate) struct EmbeddedOutbox {
    store: Store,
    capacity: usize,
}

#[derive(Serialize, Deserialize)]
struct Record {
    due_at: Timestamp,
    entry: OutboxEntry,
}

type Entries<'t> = Table<'t, &'static [u8], &'static [u8]>;
type Due<'t> = Table<'t, (u64, &'static [u8]), ()>;

impl EmbeddedOutbox {
    /// Uses `store`, of which at most `capacity` entries are kept.
    ///
    /// Everything in it is due at `now`: whoever held it was a process that has ended, since only
    /// one has the store open.
    pub(crate) async fn open(
        store: Store,
        capacity: usize,
        now: Timestamp,
    ) -> Result<Self, BackendError> {
        let release = move |transaction: &WriteTransaction| {
            let (mut entries, mut due) = tables(transaction)?;
            due.retain(|_, ()| false)?;
            let mut records = Vec::new();
            for entry in entries.iter()? {
                let (id, bytes) = entry?;
                match decode::<Record>(SCHEMA, bytes.value()) {
                    Ok(record) => records.push(record),
                    // It stays as it is: a later version may read it.
                    Err(cause) => error!(%cause, length = id.value().len(), "unreadable news"),
                }
            }
            for mut record in records {
                record.due_at = now;
                store_record(&mut entries, &mut due, &record)?;
            }
            Ok(())
        };
        store.write(release).await?;
        Ok(Self { store, capacity })
    }
}

impl OutboxBackend for EmbeddedOutbox {
    fn put(&self, entry: OutboxEntry, held_until: Timestamp) -> Pending<PutOutcome> {
        let capacity = self.capacity as u64;
        self.store.write(move |transaction| {
            let (mut entries, mut due) = tables(transaction)?;
            if entries.len()? >= capacity {
                return Ok(PutOutcome::Full);
            }
            store_record(&mut entries, &mut due, &Record { due_at: held_until, entry })?;
            Ok(PutOutcome::Kept)
        })
    }

    fn claim_due(
        &self,
        now: Timestamp,
        held_until: Timestamp,
        limit: usize,
    ) -> Pending<Vec<OutboxEntry>> {
        let store = self.store.clone();
        // Looked first: most often nothing is due, and a look costs no fsync.
        let look = store.read(move |transaction| {
            let due = transaction.open_table(BY_DUE)?;
            Ok(due.first()?.is_some_and(|(key, _)| key.value().0 <= now.as_millis()))
        });
        Box::pin(async move {
            if !look.await? {
                return Ok(Vec::new());
            }
            store.write(move |transaction| claim(transaction, now, held_until, limit)).await
        })
    }

    fn settle(&self, id: OutboxId) -> Pending<()> {
        self.store.write(move |transaction| {
            let (mut entries, mut due) = tables(transaction)?;
            let Some(record) = find(&entries, id)? else { return Ok(()) };
            entries.remove(id.as_bytes().as_slice())?;
            due.remove((record.due_at.as_millis(), id.as_bytes().as_slice()))?;
            Ok(())
        })
    }

    fn postpone(
        &self,
        id: OutboxId,
        claim: u32,
        until: Timestamp,
        history: History,
    ) -> Pending<()> {
        self.store.write(move |transaction| {
            let (mut entries, mut due) = tables(transaction)?;
            let Some(mut record) = find(&entries, id)? else { return Ok(()) };
            if record.entry.claim != claim {
                return Ok(());
            }
            due.remove((record.due_at.as_millis(), id.as_bytes().as_slice()))?;
            record.due_at = until;
            record.entry.history = history;
            store_record(&mut entries, &mut due, &record)
        })
    }
}

fn claim(
    transaction: &WriteTransaction,
    now: Timestamp,
    held_until: Timestamp,
    limit: usize,
) -> Result<Vec<OutboxEntry>, redb::Error> {
    let (mut entries, mut due) = tables(transaction)?;
    let mut ids = Vec::new();
    for key in due.range(..=(now.as_millis(), [u8::MAX; 16].as_slice()))?.take(limit) {
        let (key, _) = key?;
        let (due_at, id) = key.value();
        ids.push((due_at, id.to_vec()));
    }
    let mut claimed = Vec::new();
    for (due_at, id) in ids {
        // An unreadable entry stays, but is not looked at again before the next start.
        due.remove((due_at, id.as_slice()))?;
        let bytes = entries.get(id.as_slice())?.map(|bytes| bytes.value().to_vec());
        match bytes.map(|bytes| decode::<Record>(SCHEMA, &bytes)) {
            Some(Ok(mut record)) => {
                record.due_at = held_until;
                record.entry.claim = record.entry.claim.saturating_add(1);
                store_record(&mut entries, &mut due, &record)?;
                claimed.push(record.entry);
            }
            Some(Err(cause)) => error!(%cause, "unreadable news"),
            None => {}
        }
    }
    Ok(claimed)
}

fn tables(transaction: &WriteTransaction) -> Result<(Entries<'_>, Due<'_>), redb::Error> {
    Ok((transaction.open_table(OUTBOX)?, transaction.open_table(BY_DUE)?))
}

fn find(entries: &Entries<'_>, id: OutboxId) -> Result<Option<Record>, redb::Error> {
    let bytes = entries.get(id.as_bytes().as_slice())?;
    bytes.map(|bytes| decode(SCHEMA, bytes.value())).transpose()
}

fn store_record(
    entries: &mut Entries<'_>,
    due: &mut Due<'_>,
    record: &Record,
) -> Result<(), redb::Error> {
    let id = record.entry.id.as_bytes().as_slice();
    entries.insert(id, encode(SCHEMA, record)?.as_slice())?;
    due.insert((record.due_at.as_millis(), id), ())?;
    Ok(())
}
