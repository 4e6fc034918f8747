//! The three tables, and what one transaction does with them.

use redb::{
    ReadTransaction, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction,
};

use super::{keys, record};
use crate::domain::{ChallengeId, Timestamp};
use crate::otp_manager::OtpRules;
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::challenge::{Challenge, DestinationKey};

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Request → its record.
pub(super) const CHALLENGES: Definition = TableDefinition::new("otp_challenges");
/// Destination and request → nothing.
pub(super) const DESTINATIONS: Definition = TableDefinition::new("otp_challenges.destinations");
/// When it expires, and request → its key in [`DESTINATIONS`].
pub(super) const EXPIRIES: Definition = TableDefinition::new("otp_challenges.expiries");

pub(super) struct Tables<'t> {
    challenges: Table<'t, &'static [u8], &'static [u8]>,
    destinations: Table<'t, &'static [u8], &'static [u8]>,
    expiries: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            challenges: transaction.open_table(CHALLENGES)?,
            destinations: transaction.open_table(DESTINATIONS)?,
            expiries: transaction.open_table(EXPIRIES)?,
        })
    }

    /// Requests, expired ones included.
    pub(super) fn len(&self) -> Result<usize, redb::Error> {
        Ok(usize::try_from(self.challenges.len()?).unwrap_or(usize::MAX))
    }

    /// Where the code of a request goes.
    pub(super) fn destination_of(
        &self,
        id: ChallengeId,
    ) -> Result<Option<DestinationKey>, redb::Error> {
        Ok(stored(&self.challenges, id)?.map(|challenge| challenge.destination()))
    }

    /// Fills a book with the requests to `destination`, asks it, and writes down what changed.
    pub(super) fn decide<T>(
        &mut self,
        destination: DestinationKey,
        rules: OtpRules,
        step: impl FnOnce(&mut Book) -> (T, Changes),
    ) -> Result<T, redb::Error> {
        let (mut book, mut expiries) = (Book::new(rules), Vec::new());
        for id in self.requests_to(destination)? {
            let Some(challenge) = stored(&self.challenges, id)? else { continue };
            expiries.push((id, challenge.expires_at));
            book.restore(id, challenge);
        }
        let (answer, Changes { written, removed }) = step(&mut book);
        for (id, expires_at) in expiries {
            // What is written anew may expire at another time.
            if written == Some(id) {
                self.expiries.remove(keys::expiry(expires_at, id).as_slice())?;
            } else if removed.contains(&id) {
                self.remove(destination, id, expires_at)?;
            }
        }
        if let Some(id) = written
            && let Some(challenge) = book.get(id)
        {
            self.put(destination, id, challenge)?;
        }
        Ok(answer)
    }

    /// Deletes up to `limit` requests that have expired, the first to expire first.
    pub(super) fn remove_expired(
        &mut self,
        now: Timestamp,
        limit: usize,
    ) -> Result<(), redb::Error> {
        let until = keys::due_after(now);
        for row in self.expiries.extract_from_if(..until.as_slice(), |_, _| true)?.take(limit) {
            let (_, request) = row?;
            self.destinations.remove(request.value())?;
            self.challenges.remove(keys::parse_request(request.value())?.as_bytes().as_slice())?;
        }
        Ok(())
    }

    /// Files every request of a store that knew only the first table.
    pub(super) fn index(&mut self) -> Result<(), redb::Error> {
        if self.challenges.len()? == self.expiries.len()? {
            return Ok(());
        }
        let mut unfiled = Vec::new();
        for row in self.challenges.iter()? {
            let (id, record) = row?;
            unfiled.push((keys::parse_id(id.value())?, record::from_bytes(record.value())?));
        }
        for (id, challenge) in unfiled {
            self.file(challenge.destination(), id, &challenge)?;
        }
        Ok(())
    }

    fn requests_to(&self, destination: DestinationKey) -> Result<Vec<ChallengeId>, redb::Error> {
        let (first, last) = keys::requests_to(destination).into_inner();
        let rows = self.destinations.range(first.as_slice()..=last.as_slice())?;
        rows.map(|row| keys::parse_request(row?.0.value())).collect()
    }

    fn put(
        &mut self,
        destination: DestinationKey,
        id: ChallengeId,
        challenge: &Challenge,
    ) -> Result<(), redb::Error> {
        let record = record::to_bytes(challenge)?;
        self.challenges.insert(id.as_bytes().as_slice(), record.as_slice())?;
        self.file(destination, id, challenge)
    }

    fn file(
        &mut self,
        destination: DestinationKey,
        id: ChallengeId,
        challenge: &Challenge,
    ) -> Result<(), redb::Error> {
        let request = keys::request(destination, id);
        self.destinations.insert(request.as_slice(), [].as_slice())?;
        let expiry = keys::expiry(challenge.expires_at, id);
        self.expiries.insert(expiry.as_slice(), request.as_slice())?;
        Ok(())
    }

    fn remove(
        &mut self,
        destination: DestinationKey,
        id: ChallengeId,
        expires_at: Timestamp,
    ) -> Result<(), redb::Error> {
        self.challenges.remove(id.as_bytes().as_slice())?;
        self.destinations.remove(keys::request(destination, id).as_slice())?;
        self.expiries.remove(keys::expiry(expires_at, id).as_slice())?;
        Ok(())
    }
}

/// A request, as last made durable.
pub(super) fn challenge(
    transaction: &ReadTransaction,
    id: ChallengeId,
) -> Result<Option<Challenge>, redb::Error> {
    stored(&transaction.open_table(CHALLENGES)?, id)
}

/// Whether there is something to sweep.
pub(super) fn has_expired(
    transaction: &ReadTransaction,
    now: Timestamp,
) -> Result<bool, redb::Error> {
    let expiries = transaction.open_table(EXPIRIES)?;
    Ok(expiries.range(..keys::due_after(now).as_slice())?.next().is_some())
}

fn stored(
    challenges: &impl ReadableTable<&'static [u8], &'static [u8]>,
    id: ChallengeId,
) -> Result<Option<Challenge>, redb::Error> {
    let found = challenges.get(id.as_bytes().as_slice())?;
    found.map(|record| record::from_bytes(record.value())).transpose()
}
