//! Sessions on their way from or to another store.

use std::collections::BTreeMap;
use std::ops::Bound;

use redb::ReadTransaction;

use super::records::{EpochRecord, RevocationRecord, decode_session, encode_session};
use super::tables::{EPOCHS, REVOCATIONS, SESSIONS, Tables};
use super::{EmbeddedSessions, keys};
use crate::backend::{BackendError, Pending};
use crate::domain::{SessionId, Timestamp, UserId};
use crate::embedded;
use crate::migrate::{AsOf, Cursor, Entity, Kind, Movable, PAGE, Page, Put};
use crate::revocation_registry::{AccountSessions, EndedSession};

type Accounts = BTreeMap<UserId, AccountSessions>;

impl Entity for AccountSessions {
    const KIND: Kind = Kind::Sessions;

    /// As the embedded store keeps them: the epoch, then each session.
    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        let epoch = EpochRecord::new(self.epoch, self.epoch_ends.unwrap_or_default());
        let mut parts = vec![self.user_id.as_bytes().to_vec(), bytes(epoch.encode())?];
        for session in &self.sessions {
            parts.push(session.id.as_bytes().to_vec());
            parts.push(bytes(encode_session(session))?);
        }
        Ok(parts.concat())
    }
}

impl Entity for EndedSession {
    const KIND: Kind = Kind::EndedSessions;

    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        Ok([self.id.as_bytes().as_slice(), &self.until.as_millis().to_be_bytes()].concat())
    }
}

fn bytes(encoded: Result<Vec<u8>, redb::Error>) -> Result<Vec<u8>, BackendError> {
    encoded.map_err(|_| BackendError::Corrupt)
}

impl Movable<AccountSessions> for EmbeddedSessions {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<AccountSessions>> {
        self.store.read(move |transaction| {
            let after = after.map(|key| keys::parse_id(&key)).transpose()?.map(UserId::from_bytes);
            let mut accounts = Accounts::new();
            add_sessions(transaction, after, &mut accounts)?;
            add_epochs(transaction, after, as_of.now, &mut accounts)?;
            // Of each table there is a page, so what comes first in both together is complete.
            let entities: Vec<_> = accounts.into_values().take(PAGE).collect();
            let next = entities.last().map(|last| last.user_id.as_bytes().to_vec());
            Ok(Page { entities, next })
        })
    }

    fn put(&self, batch: Vec<AccountSessions>, as_of: AsOf) -> Pending<Put> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            for account in &batch {
                if account.epoch > 0 {
                    let until = account.epoch_ends.unwrap_or_default();
                    tables.raise_epoch(account.user_id, account.epoch, until)?;
                } else {
                    tables.remove_sessions_of(account.user_id)?;
                }
                for session in &account.sessions {
                    tables.put(session)?;
                    tables.schedule_end(session, as_of.sessions.ends_at(session))?;
                }
            }
            Ok(Put::Done)
        })
    }
}

impl Movable<EndedSession> for EmbeddedSessions {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<EndedSession>> {
        self.store.read(move |transaction| {
            let revocations = transaction.open_table(REVOCATIONS)?;
            embedded::page(&revocations, after.as_ref(), |key, record| {
                let (until, subject) = keys::parse_due(key)?;
                if until <= as_of.now {
                    return Ok(None);
                }
                let subject = keys::parse_id(subject)?;
                Ok(match RevocationRecord::decode(record)? {
                    RevocationRecord::Session => {
                        Some(EndedSession { id: SessionId::from_bytes(subject), until })
                    }
                    // Follows from the account's epoch.
                    RevocationRecord::EpochsBefore(_) => None,
                })
            })
        })
    }

    fn put(&self, batch: Vec<EndedSession>, _: AsOf) -> Pending<Put> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            for ended in &batch {
                tables.remember_ended(ended.id, ended.until)?;
            }
            Ok(Put::Done)
        })
    }
}

/// The sessions of the next accounts that have any, a page of accounts at most.
fn add_sessions(
    transaction: &ReadTransaction,
    after: Option<UserId>,
    accounts: &mut Accounts,
) -> Result<(), redb::Error> {
    let last_key = after.map(|user| *keys::sessions_of(user).end());
    let start = last_key.as_ref().map_or(Bound::Unbounded, |key| Bound::Excluded(key.as_slice()));
    let table = transaction.open_table(SESSIONS)?;
    for row in table.range::<&[u8]>((start, Bound::Unbounded))? {
        let (key, record) = row?;
        let (user, id) = keys::parse_session(key.value())?;
        if accounts.len() == PAGE && !accounts.contains_key(&user) {
            break;
        }
        let session = decode_session((user, id), record.value())?;
        account(accounts, user).sessions.push(session);
    }
    Ok(())
}

/// The next epochs, a page at most.
fn add_epochs(
    transaction: &ReadTransaction,
    after: Option<UserId>,
    now: Timestamp,
    accounts: &mut Accounts,
) -> Result<(), redb::Error> {
    let after = after.as_ref().map(|user| user.as_bytes().as_slice());
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    let table = transaction.open_table(EPOCHS)?;
    for row in table.range::<&[u8]>((start, Bound::Unbounded))?.take(PAGE) {
        let (key, record) = row?;
        let user = keys::parse_id(key.value())?;
        let record = EpochRecord::decode(record.value())?;
        let account = account(accounts, UserId::from_bytes(user));
        account.epoch = record.epoch;
        account.epoch_ends = Some(record.until()).filter(|until| now < *until);
    }
    Ok(())
}

fn account(accounts: &mut Accounts, user_id: UserId) -> &mut AccountSessions {
    accounts.entry(user_id).or_insert_with(|| AccountSessions {
        user_id,
        epoch: 0,
        epoch_ends: None,
        sessions: Vec::new(),
    })
}
