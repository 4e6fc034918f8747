//! Budgets in the embedded store: one table, 16-byte keys. Each change is decided inside its
//! transaction, so that the store alone knows what was sent.

use std::sync::{Arc, Mutex, PoisonError};

use redb::{ReadableTable, TableDefinition, TableError};
use serde::{Deserialize, Serialize};

use super::BudgetBackend;
use crate::backend::Pending;
use crate::domain::Timestamp;
use crate::embedded::{Store, decode, encode};
use crate::rate_limiter::budget::{Record, Slot};
use crate::rate_limiter::charge::Charge;
use crate::rate_limiter::decide::{Charging, Decision, decide};
use crate::rate_limiter::key::BudgetKey;

type Table<'txn> = TableDefinition<'txn, &'static [u8], &'static [u8]>;

const TABLE: Table<'_> = TableDefinition::new("send_budgets");
const SCHEMA: u8 = 1;
/// Records looked at in one sweep: a few milliseconds.
const SWEEP: usize = 1_000;

/// Keeps records in the embedded store.
pub(crate) struct EmbeddedBudgets {
    store: Store,
    /// The last key that the sweep has looked at; empty is the start of the table.
    swept: Arc<Mutex<Vec<u8>>>,
}

impl EmbeddedBudgets {
    /// Uses `store`, whose table is created by the first charge.
    pub(crate) fn open(store: &Store) -> Self {
        Self { store: store.clone(), swept: Arc::default() }
    }

    /// Decides on what is durable now, without changing anything: a refusal costs no fsync.
    fn foresee(&self, charges: Arc<Vec<Charge>>, now: Timestamp) -> Pending<Decision> {
        self.store.read(move |transaction| match transaction.open_table(TABLE) {
            Ok(table) => decision(&table, &charges, now),
            Err(TableError::TableDoesNotExist(_)) => {
                Ok(decide(charges.iter().map(|c| (c, Record::default())).collect(), now))
            }
            Err(cause) => Err(cause.into()),
        })
    }
}

#[cfg(test)]
impl EmbeddedBudgets {
    /// How many records there are.
    pub(super) async fn len(&self) -> u64 {
        use redb::ReadableTableMetadata;
        let count = self.store.read(|transaction| Ok(transaction.open_table(TABLE)?.len()?));
        count.await.unwrap()
    }
}

impl BudgetBackend for EmbeddedBudgets {
    fn charge(&self, charges: Vec<Charge>, now: Timestamp) -> Pending<Charging> {
        let (store, charges) = (self.store.clone(), Arc::new(charges));
        let foreseen = self.foresee(Arc::clone(&charges), now);
        Box::pin(async move {
            let foreseen = foreseen.await?;
            if foreseen.changed.is_empty() {
                return Ok(foreseen.charging);
            }
            let writing = store.write(move |transaction| {
                let mut table = transaction.open_table(TABLE)?;
                let Decision { charging, changed } = decision(&table, &charges, now)?;
                for (place, record) in changed {
                    let Some(charge) = charges.get(place) else { continue };
                    let stored = Stored::of(&record, record.expires_at(&charge.rule));
                    let bytes = encode(SCHEMA, &stored)?;
                    table.insert(charge.key.as_bytes().as_slice(), bytes.as_slice())?;
                }
                Ok(charging)
            });
            writing.await
        })
    }

    fn verified(&self, keys: Vec<BudgetKey>) -> Pending<()> {
        self.store.write(move |transaction| {
            let mut table = transaction.open_table(TABLE)?;
            for key in keys {
                let key = key.as_bytes().as_slice();
                let Some(stored) = read(&table, key)? else { continue };
                let expires_at = Timestamp::from_millis(stored.expires_at);
                let mut record = Record::from(stored);
                record.verified();
                let bytes = encode(SCHEMA, &Stored::of(&record, expires_at))?;
                table.insert(key, bytes.as_slice())?;
            }
            Ok(())
        })
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        let (store, swept) = (self.store.clone(), Arc::clone(&self.swept));
        let from = swept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let looked = store.read(move |transaction| match transaction.open_table(TABLE) {
            Ok(table) => expired_after(&table, &from, now),
            Err(TableError::TableDoesNotExist(_)) => Ok(Swept::default()),
            Err(cause) => Err(cause.into()),
        });
        Box::pin(async move {
            let Swept { last, expired } = looked.await?;
            *swept.lock().unwrap_or_else(PoisonError::into_inner) = last;
            if expired.is_empty() {
                return Ok(());
            }
            let removed = store.write(move |transaction| {
                let mut table = transaction.open_table(TABLE)?;
                for key in expired {
                    // It may have been charged since it was looked at.
                    if read(&table, &key)?.is_some_and(|stored| stored.is_expired(now)) {
                        table.remove(key.as_slice())?;
                    }
                }
                Ok(())
            });
            removed.await
        })
    }
}

/// What one sweep has looked at.
#[derive(Default)]
struct Swept {
    /// Empty when that was the last of all.
    last: Vec<u8>,
    expired: Vec<Vec<u8>>,
}

fn expired_after(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    after: &[u8],
    now: Timestamp,
) -> Result<Swept, redb::Error> {
    let mut swept = Swept::default();
    for entry in table.range(after..)?.take(SWEEP) {
        let (key, bytes) = entry?;
        let stored: Stored = decode(SCHEMA, bytes.value())?;
        key.value().clone_into(&mut swept.last);
        if stored.is_expired(now) {
            swept.expired.push(key.value().to_vec());
        }
    }
    // The key after which it went on, and no other: the end.
    if swept.last == after {
        swept.last.clear();
    }
    Ok(swept)
}

fn decision(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    charges: &[Charge],
    now: Timestamp,
) -> Result<Decision, redb::Error> {
    let mut with_records = Vec::with_capacity(charges.len());
    for charge in charges {
        let stored = read(table, charge.key.as_bytes().as_slice())?;
        with_records.push((charge, stored.map(Record::from).unwrap_or_default()));
    }
    Ok(decide(with_records, now))
}

fn read(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Stored>, redb::Error> {
    table.get(key)?.map(|bytes| decode(SCHEMA, bytes.value())).transpose()
}

#[derive(Serialize, Deserialize)]
struct Stored {
    expires_at: u64,
    paused_until: u64,
    /// Start, sent, verified.
    slots: Vec<(u64, u32, u32)>,
}

impl Stored {
    fn of(record: &Record, expires_at: Timestamp) -> Self {
        let slots = record.slots.iter();
        Self {
            expires_at: expires_at.as_millis(),
            paused_until: record.paused_until.as_millis(),
            slots: slots.map(|s| (s.start.as_millis(), s.sent, s.verified)).collect(),
        }
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        now.as_millis() >= self.expires_at
    }
}

impl From<Stored> for Record {
    fn from(stored: Stored) -> Self {
        let slots = stored.slots.into_iter();
        Self {
            slots: slots
                .map(|(start, sent, verified)| Slot {
                    start: Timestamp::from_millis(start),
                    sent,
                    verified,
                })
                .collect(),
            paused_until: Timestamp::from_millis(stored.paused_until),
        }
    }
}
