//! Codes in memory, with every change in the embedded store: attempts and consumed codes survive
//! a kill (S-15).

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::journaled::{Journal, Journaled};
use super::record;
use crate::backend::{BackendError, Pending};
use crate::domain::{ChallengeId, Timestamp};
use crate::embedded::Store;
use crate::otp_manager::OtpRules;
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::challenge::Challenge;

/// Request id to its record.
const CHALLENGES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("otp_challenges");

/// Writes changes to the store.
pub(crate) struct StoreJournal(Store);

impl Journal for StoreJournal {
    fn record(&self, book: &Book, changes: Changes) -> Pending<()> {
        let written = changes.written.and_then(|id| Some((id, record::to_bytes(book.get(id)?))));
        self.0.write(move |transaction| {
            let written = written.map(|(id, bytes)| bytes.map(|bytes| (id, bytes))).transpose()?;
            let mut table = transaction.open_table(CHALLENGES)?;
            for id in changes.removed {
                table.remove(id.as_bytes().as_slice())?;
            }
            if let Some((id, bytes)) = written {
                table.insert(id.as_bytes().as_slice(), bytes.as_slice())?;
            }
            Ok(())
        })
    }
}

/// Pending codes of one machine, durable.
pub(crate) type EmbeddedOtps = Journaled<StoreJournal>;

impl EmbeddedOtps {
    /// Loads what is pending at `now`, and deletes what expired meanwhile.
    pub(crate) async fn open(
        store: Store,
        rules: OtpRules,
        now: Timestamp,
    ) -> Result<Self, BackendError> {
        let pending = store.write(move |transaction| load(transaction, now)).await?;
        let mut book = Book::new(rules);
        for (id, challenge) in pending {
            book.restore(id, challenge);
        }
        Ok(Self::over(book, StoreJournal(store)))
    }
}

type Loaded = Vec<(ChallengeId, Challenge)>;

fn load(transaction: &WriteTransaction, now: Timestamp) -> Result<Loaded, redb::Error> {
    let mut table = transaction.open_table(CHALLENGES)?;
    let mut all = Vec::new();
    for entry in table.iter()? {
        let (id, challenge) = entry?;
        all.push((parse_id(id.value())?, record::from_bytes(challenge.value())?));
    }
    let (expired, pending): (Loaded, Loaded) =
        all.into_iter().partition(|(_, challenge)| challenge.is_expired(now));
    for (id, _) in expired {
        table.remove(id.as_bytes().as_slice())?;
    }
    Ok(pending)
}

fn parse_id(key: &[u8]) -> Result<ChallengeId, redb::Error> {
    let bytes = key.try_into().map_err(|_| redb::Error::Corrupted("not a request id".into()))?;
    Ok(ChallengeId::from_bytes(bytes))
}

#[cfg(test)]
#[path = "embedded_tests.rs"]
mod tests;
