//! The four tables, and what one transaction does with them.

use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::keys;
use super::records::{EpochRecord, RevocationRecord, decode_session, encode_session};
use crate::domain::{SessionId, Timestamp, UserId};
use crate::revocation_registry::index::RevocationIndex;
use crate::revocation_registry::messages::Session;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// Account and session → the session.
pub(super) const SESSIONS: Definition = TableDefinition::new("sessions");
/// When to look whether a session has ended, account and session → nothing.
///
/// Written once per session, not per refresh: one that was refreshed is put back when it is due.
const ENDS: Definition = TableDefinition::new("sessions.ends");
/// Account → its epoch. Never deleted: a token of an epoch used twice would live again.
pub(super) const EPOCHS: Definition = TableDefinition::new("sessions.epochs");
/// When it may be forgotten, session or account → what is revoked.
pub(super) const REVOCATIONS: Definition = TableDefinition::new("sessions.revocations");

pub(super) struct Tables<'t> {
    sessions: Table<'t, &'static [u8], &'static [u8]>,
    ends: Table<'t, &'static [u8], &'static [u8]>,
    epochs: Table<'t, &'static [u8], &'static [u8]>,
    revocations: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            sessions: transaction.open_table(SESSIONS)?,
            ends: transaction.open_table(ENDS)?,
            epochs: transaction.open_table(EPOCHS)?,
            revocations: transaction.open_table(REVOCATIONS)?,
        })
    }

    pub(super) fn session(
        &self,
        user: UserId,
        id: SessionId,
    ) -> Result<Option<Session>, redb::Error> {
        stored_session(&self.sessions, user, id)
    }

    pub(super) fn sessions_of(&self, user: UserId) -> Result<Vec<Session>, redb::Error> {
        let (first, last) = keys::sessions_of(user).into_inner();
        let mut sessions = Vec::new();
        for row in self.sessions.range(first.as_slice()..=last.as_slice())? {
            let (key, record) = row?;
            sessions.push(decode_session(keys::parse_session(key.value())?, record.value())?);
        }
        Ok(sessions)
    }

    pub(super) fn put(&mut self, session: &Session) -> Result<(), redb::Error> {
        let key = keys::session(session.user_id, session.id);
        self.sessions.insert(key.as_slice(), encode_session(session)?.as_slice())?;
        Ok(())
    }

    pub(super) fn remove(&mut self, user: UserId, id: SessionId) -> Result<(), redb::Error> {
        self.sessions.remove(keys::session(user, id).as_slice())?;
        Ok(())
    }

    /// Has the sweep look at the session when it should have ended.
    pub(super) fn schedule_end(
        &mut self,
        session: &Session,
        at: Timestamp,
    ) -> Result<(), redb::Error> {
        let key = keys::due(at, &keys::session(session.user_id, session.id));
        self.ends.insert(key.as_slice(), [].as_slice())?;
        Ok(())
    }

    /// Replaces a session by its revocation.
    pub(super) fn revoke(
        &mut self,
        session: &Session,
        until: Timestamp,
    ) -> Result<(), redb::Error> {
        self.remove(session.user_id, session.id)?;
        self.remember_ended(session.id, until)
    }

    pub(super) fn epoch(&self, user: UserId) -> Result<u32, redb::Error> {
        stored_epoch(&self.epochs, user).map(|stored| stored.map_or(0, |record| record.epoch))
    }

    /// Starts `epoch`, and deletes the account's sessions: they are of earlier ones.
    pub(super) fn raise_epoch(
        &mut self,
        user: UserId,
        epoch: u32,
        until: Timestamp,
    ) -> Result<(), redb::Error> {
        if let Some(earlier) = stored_epoch(&self.epochs, user)? {
            let outdated = keys::due(earlier.until(), user.as_bytes());
            self.revocations.remove(outdated.as_slice())?;
        }
        let epoch_record = EpochRecord::new(epoch, until).encode()?;
        self.epochs.insert(user.as_bytes().as_slice(), epoch_record.as_slice())?;
        let revocation = RevocationRecord::EpochsBefore(epoch).encode()?;
        self.revocations
            .insert(keys::due(until, user.as_bytes()).as_slice(), revocation.as_slice())?;
        self.remove_sessions_of(user)
    }

    /// Deletes every session of an account.
    pub(super) fn remove_sessions_of(&mut self, user: UserId) -> Result<(), redb::Error> {
        let (first, last) = keys::sessions_of(user).into_inner();
        self.sessions.retain_in(first.as_slice()..=last.as_slice(), |_, _| false)?;
        Ok(())
    }

    /// Has tokens of a session refused that is gone.
    pub(super) fn remember_ended(
        &mut self,
        id: SessionId,
        until: Timestamp,
    ) -> Result<(), redb::Error> {
        let key = keys::due(until, id.as_bytes());
        let record = RevocationRecord::Session.encode()?;
        self.revocations.insert(key.as_slice(), record.as_slice())?;
        Ok(())
    }

    /// Takes up to `limit` sessions that should have ended by `now` off the schedule.
    pub(super) fn take_due_ends(
        &mut self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(UserId, SessionId)>, redb::Error> {
        let until = keys::due_after(now);
        let mut due = Vec::new();
        for row in self.ends.extract_from_if(..until.as_slice(), |_, _| true)?.take(limit) {
            let (key, _) = row?;
            due.push(keys::parse_session(keys::parse_due(key.value())?.1)?);
        }
        Ok(due)
    }

    /// Deletes up to `limit` revocations that may be forgotten; how many.
    pub(super) fn remove_due_revocations(
        &mut self,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize, redb::Error> {
        let until = keys::due_after(now);
        let mut removed = 0;
        for row in self.revocations.extract_from_if(..until.as_slice(), |_, _| true)?.take(limit) {
            row?;
            removed += 1;
        }
        Ok(removed)
    }
}

/// A session, as last made durable.
pub(super) fn session(
    transaction: &ReadTransaction,
    user: UserId,
    id: SessionId,
) -> Result<Option<Session>, redb::Error> {
    stored_session(&transaction.open_table(SESSIONS)?, user, id)
}

/// The account's epoch, as last made durable.
pub(super) fn epoch(transaction: &ReadTransaction, user: UserId) -> Result<u32, redb::Error> {
    let stored = stored_epoch(&transaction.open_table(EPOCHS)?, user)?;
    Ok(stored.map_or(0, |record| record.epoch))
}

/// Writes every revocation that may not be forgotten yet into `index`.
pub(super) fn load(
    transaction: &ReadTransaction,
    index: &RevocationIndex,
    now: Timestamp,
) -> Result<(), redb::Error> {
    let revocations = transaction.open_table(REVOCATIONS)?;
    let first = keys::due_after(now);
    for row in revocations.range(first.as_slice()..)? {
        let (key, record) = row?;
        let (until, subject) = keys::parse_due(key.value())?;
        let subject = keys::parse_id(subject)?;
        match RevocationRecord::decode(record.value())? {
            RevocationRecord::Session => {
                index.revoke_session(SessionId::from_bytes(subject), until);
            }
            RevocationRecord::EpochsBefore(epoch) => {
                index.raise_epoch(UserId::from_bytes(subject), epoch, until);
            }
        }
    }
    Ok(())
}

fn stored_session(
    sessions: &impl ReadableTable<&'static [u8], &'static [u8]>,
    user: UserId,
    id: SessionId,
) -> Result<Option<Session>, redb::Error> {
    let found = sessions.get(keys::session(user, id).as_slice())?;
    found.map(|record| decode_session((user, id), record.value())).transpose()
}

fn stored_epoch(
    epochs: &impl ReadableTable<&'static [u8], &'static [u8]>,
    user: UserId,
) -> Result<Option<EpochRecord>, redb::Error> {
    let found = epochs.get(user.as_bytes().as_slice())?;
    found.map(|record| EpochRecord::decode(record.value())).transpose()
}
