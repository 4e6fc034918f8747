//! Counters in the embedded store: one table, 16-byte keys.

use redb::{ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::Journal;
use super::record::{Change, Changes, Kept, Record};
use crate::attempt_guard::account::{AccountFailures, PairFailures};
use crate::attempt_guard::backoff::Failures;
use crate::attempt_guard::budget::Guesses;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::known::KnownAddresses;
use crate::backend::{BackendError, Pending};
use crate::domain::Timestamp;
use crate::embedded::{Store, decode, encode};

pub(super) const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("attempt_guard");
const SCHEMA: u8 = 1;

/// Keeps records in the embedded store.
#[derive(Clone)]
pub(crate) struct EmbeddedJournal(pub(super) Store);

impl EmbeddedJournal {
    /// Uses `store`, whose table is created by the first load.
    pub(crate) fn open(store: &Store) -> Self {
        Self(store.clone())
    }

    /// The same, with its table created.
    pub(crate) async fn prepared(store: &Store) -> Result<Self, BackendError> {
        let create = |transaction: &WriteTransaction| {
            transaction.open_table(TABLE)?;
            Ok(())
        };
        store.write(create).await?;
        Ok(Self::open(store))
    }
}

impl Journal for EmbeddedJournal {
    fn load(&self) -> Pending<Vec<Kept>> {
        // A read sees what is durable. Changes that an actor queued before it panicked are not
        // yet; this write is queued behind them.
        let caught_up = self.0.write(|transaction| {
            transaction.open_table(TABLE)?;
            Ok(())
        });
        let store = self.0.clone();
        Box::pin(async move {
            caught_up.await?;
            let all = store.read(|transaction| {
                let table = transaction.open_table(TABLE)?;
                let mut all = Vec::new();
                for entry in table.iter()? {
                    let (key, bytes) = entry?;
                    all.push(kept(key.value(), bytes.value())?);
                }
                Ok(all)
            });
            all.await
        })
    }

    fn apply(&self, changes: Changes) -> Pending<()> {
        self.0.write(move |transaction| {
            let mut table = transaction.open_table(TABLE)?;
            for change in changes.0 {
                match change {
                    Change::Save(kept) => {
                        let bytes = encode(SCHEMA, &Stored::from(&kept))?;
                        table.insert(kept.key.as_bytes().as_slice(), bytes.as_slice())?;
                    }
                    Change::Remove(key) => {
                        table.remove(key.as_bytes().as_slice())?;
                    }
                }
            }
            Ok(())
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    expires_at: u64,
    record: StoredRecord,
}

/// The order is the stored shape: append only.
#[derive(Serialize, Deserialize)]
enum StoredRecord {
    Account { failures: StoredFailures, from_known: u32, epoch: u64 },
    Pair { failures: StoredFailures, epoch: u64 },
    Known { addresses: Vec<([u8; 16], u64)> },
    Guesses { in_a_row: u32, wrong_at: Vec<u64> },
    Notice,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct StoredFailures {
    in_a_row: u32,
    last_at: u64,
}

impl From<Failures> for StoredFailures {
    fn from(failures: Failures) -> Self {
        Self { in_a_row: failures.in_a_row, last_at: failures.last_at.as_millis() }
    }
}

impl From<StoredFailures> for Failures {
    fn from(stored: StoredFailures) -> Self {
        Self { in_a_row: stored.in_a_row, last_at: Timestamp::from_millis(stored.last_at) }
    }
}

impl From<&Kept> for Stored {
    fn from(kept: &Kept) -> Self {
        let record = match &kept.record {
            Record::Account(account) => StoredRecord::Account {
                failures: account.failures.into(),
                from_known: account.from_known,
                epoch: account.epoch,
            },
            Record::Pair(pair) => {
                StoredRecord::Pair { failures: pair.failures.into(), epoch: pair.epoch }
            }
            Record::Known(KnownAddresses(known)) => StoredRecord::Known {
                addresses: known
                    .iter()
                    .map(|(key, at)| (*key.as_bytes(), at.as_millis()))
                    .collect(),
            },
            Record::Guesses(guesses) => StoredRecord::Guesses {
                in_a_row: guesses.in_a_row,
                wrong_at: guesses.wrong_at.iter().map(|at| at.as_millis()).collect(),
            },
            Record::Notice => StoredRecord::Notice,
        };
        Self { expires_at: kept.expires_at.as_millis(), record }
    }
}

impl From<StoredRecord> for Record {
    fn from(stored: StoredRecord) -> Self {
        match stored {
            StoredRecord::Account { failures, from_known, epoch } => {
                Self::Account(AccountFailures { failures: failures.into(), from_known, epoch })
            }
            StoredRecord::Pair { failures, epoch } => {
                Self::Pair(PairFailures { failures: failures.into(), epoch })
            }
            StoredRecord::Known { addresses } => {
                let known = addresses
                    .into_iter()
                    .map(|(key, at)| (GuardKey::from_bytes(key), Timestamp::from_millis(at)));
                Self::Known(KnownAddresses(known.collect()))
            }
            StoredRecord::Guesses { in_a_row, wrong_at } => {
                let wrong_at = wrong_at.into_iter().map(Timestamp::from_millis).collect();
                Self::Guesses(Guesses { in_a_row, wrong_at })
            }
            StoredRecord::Notice => Self::Notice,
        }
    }
}

pub(super) fn kept(key: &[u8], bytes: &[u8]) -> Result<Kept, redb::Error> {
    let key = key
        .try_into()
        .map_err(|_| redb::Error::Corrupted("a key has the wrong length".to_owned()))?;
    let Stored { expires_at, record } = decode(SCHEMA, bytes)?;
    Ok(Kept {
        key: GuardKey::from_bytes(key),
        record: record.into(),
        expires_at: Timestamp::from_millis(expires_at),
    })
}
