//! The trail in the embedded store: events by id, and an index of what may be asked for.

#[cfg(test)]
mod tests;

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction,
};
use tracing::error;

use super::AuditBackend;
use crate::audit_trail::AuditEvent;
use crate::audit_trail::query::Range;
use crate::backend::{BackendError, Pending};
use crate::domain::{AuditId, Timestamp, UserId};
use crate::embedded::{Store, decode, encode};

/// Id to [`AuditEvent`].
const AUDIT: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("audit_events");
/// [`prefix`] and id: nothing.
const INDEX: TableDefinition<'_, &[u8], ()> = TableDefinition::new("audit_index");
/// Schema 1. A change of any field, or of the order of fields, is another schema.
const SCHEMA: u8 = 1;
/// Bytes of an id.
const ID: usize = 16;

type Events<'t> = Table<'t, &'static [u8], &'static [u8]>;
type Index<'t> = Table<'t, &'static [u8], ()>;

/// The trail of one machine.
pub(crate) struct EmbeddedAudit {
    store: Store,
}

impl EmbeddedAudit {
    /// Uses `store`, with its tables created if it is new.
    pub(crate) async fn open(store: &Store) -> Result<Self, BackendError> {
        let create = |transaction: &WriteTransaction| tables(transaction).map(drop);
        store.write(create).await?;
        Ok(Self { store: store.clone() })
    }
}

impl AuditBackend for EmbeddedAudit {
    fn append(&self, events: Vec<AuditEvent>) -> Pending<()> {
        self.store.write(move |transaction| {
            let (mut table, mut index) = tables(transaction)?;
            for event in &events {
                let id = event.id.as_bytes().as_slice();
                table.insert(id, encode(SCHEMA, event)?.as_slice())?;
                for key in index_keys(event) {
                    index.insert(key.as_slice(), ())?;
                }
            }
            Ok(())
        })
    }

    fn read(&self, range: Range) -> Pending<Vec<AuditEvent>> {
        self.store.read(move |transaction| {
            if range.from >= range.before {
                return Ok(Vec::new());
            }
            let events = transaction.open_table(AUDIT)?;
            if let Some(prefix) = prefix(range.user, range.event.as_deref()) {
                return read_index(transaction, &events, &prefix, &range);
            }
            let (from, before) = (range.from.as_bytes(), range.before.as_bytes());
            let mut found = Vec::new();
            for row in events.range(from.as_slice()..before.as_slice())?.rev() {
                found.extend(readable(row?.1.value()));
                if found.len() >= range.limit {
                    break;
                }
            }
            Ok(found)
        })
    }

    fn purge(&self, horizon: Timestamp, limit: usize) -> Pending<usize> {
        let store = self.store.clone();
        let end = AuditId::first_at(horizon);
        // Looked first: most often nothing is old, and a look costs no fsync.
        let look = store.read(move |transaction| {
            let oldest = transaction.open_table(AUDIT)?;
            Ok(oldest.first()?.is_some_and(|(id, _)| id.value() < end.as_bytes().as_slice()))
        });
        Box::pin(async move {
            if !look.await? {
                return Ok(0);
            }
            store.write(move |transaction| forget(transaction, end, limit)).await
        })
    }
}

fn read_index(
    transaction: &ReadTransaction,
    events: &ReadOnlyTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
    range: &Range,
) -> Result<Vec<AuditEvent>, redb::Error> {
    let index = transaction.open_table(INDEX)?;
    let (from, before) = (key(prefix, range.from), key(prefix, range.before));
    let mut found = Vec::new();
    for row in index.range(from.as_slice()..before.as_slice())?.rev() {
        let key = row?.0;
        let id = key.value().get(prefix.len()..).unwrap_or_default();
        found.extend(events.get(id)?.and_then(|bytes| readable(bytes.value())));
        if found.len() >= range.limit {
            break;
        }
    }
    Ok(found)
}

/// An unreadable event hides nothing but itself: a later version may read it.
fn readable(bytes: &[u8]) -> Option<AuditEvent> {
    decode(SCHEMA, bytes).inspect_err(|cause| error!(%cause, "an unreadable audit event")).ok()
}

fn forget(
    transaction: &WriteTransaction,
    end: AuditId,
    limit: usize,
) -> Result<usize, redb::Error> {
    let (mut events, mut index) = tables(transaction)?;
    let mut old = Vec::new();
    for row in events.range::<&[u8]>(..end.as_bytes().as_slice())?.take(limit) {
        let (id, bytes) = row?;
        old.push((id.value().to_vec(), readable(bytes.value())));
    }
    for (id, event) in &old {
        events.remove(id.as_slice())?;
        // What cannot be read leaves its keys behind; they lead nowhere.
        for key in event.iter().flat_map(index_keys) {
            index.remove(key.as_slice())?;
        }
    }
    Ok(old.len())
}

fn tables(transaction: &WriteTransaction) -> Result<(Events<'_>, Index<'_>), redb::Error> {
    Ok((transaction.open_table(AUDIT)?, transaction.open_table(INDEX)?))
}

/// The keys under which an event is found: by its kind, its account, and both.
fn index_keys(event: &AuditEvent) -> impl Iterator<Item = Vec<u8>> {
    let kind = prefix(None, Some(&event.event));
    let of_account = event.user.and_then(|user| prefix(Some(user), None));
    let both = event.user.and_then(|user| prefix(Some(user), Some(&event.event)));
    [kind, of_account, both].into_iter().flatten().map(|prefix| key(&prefix, event.id))
}

/// What the keys of one question begin with; `None`: it is answered by the events themselves.
///
/// A first byte says which, an account has its 16 bytes, and a kind ends with a byte that is in
/// no text: so no prefix begins another.
fn prefix(user: Option<UserId>, kind: Option<&str>) -> Option<Vec<u8>> {
    let account = user.as_ref().map_or(&[][..], |user| user.as_bytes());
    let which: u8 = match (user, kind) {
        (None, None) => return None,
        (Some(_), None) => 1,
        (None, Some(_)) => 2,
        (Some(_), Some(_)) => 3,
    };
    let kind = kind.map_or(Vec::new(), |kind| [kind.as_bytes(), &[0xff]].concat());
    Some([&[which], account, &kind].concat())
}

fn key(prefix: &[u8], id: AuditId) -> Vec<u8> {
    let mut key = Vec::with_capacity(prefix.len() + ID);
    key.extend_from_slice(prefix);
    key.extend_from_slice(id.as_bytes());
    key
}
