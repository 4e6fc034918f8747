//! Accounts in the embedded store: one table by id, one unique index by canonical address, both
//! written in the same transaction.

mod movable;
mod record;
#[cfg(test)]
mod tests;

use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

use super::{InsertOutcome, UserBackend};
use crate::backend::{BackendError, Pending};
use crate::domain::{EmailAddress, Timestamp, UserId};
use crate::embedded::Store;
use crate::user_store::account;
use crate::user_store::{
    ChangePassword, ReplacePasswordHash, ResetLink, UpdateOutcome, User, VerifiedPhone,
};

/// Account id to [`record`].
const USERS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("users");
/// Canonical address to account id.
const EMAILS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("users_by_email");

/// Accounts in a file of this machine.
pub(crate) struct EmbeddedUsers {
    store: Store,
}

impl EmbeddedUsers {
    /// Uses `store`, with its tables created if it is new.
    pub(crate) async fn open(store: &Store) -> Result<Self, BackendError> {
        let create = |transaction: &WriteTransaction| {
            transaction.open_table(USERS)?;
            transaction.open_table(EMAILS)?;
            Ok(())
        };
        store.write(create).await?;
        Ok(Self { store: store.clone() })
    }

    /// Applies `rule` to the account and stores the result if it was `Done`.
    fn update(
        &self,
        id: UserId,
        rule: impl FnOnce(&mut User) -> UpdateOutcome + Send + 'static,
    ) -> Pending<UpdateOutcome> {
        self.store.write(move |transaction| {
            let mut users = transaction.open_table(USERS)?;
            let Some(mut user) = find(&users, id)? else { return Ok(UpdateOutcome::Stale) };
            let outcome = rule(&mut user);
            if outcome == UpdateOutcome::Done {
                store(&mut users, &user)?;
            }
            Ok(outcome)
        })
    }
}

impl UserBackend for EmbeddedUsers {
    fn insert(&self, user: User) -> Pending<InsertOutcome> {
        self.store.write(move |transaction| {
            let mut emails = transaction.open_table(EMAILS)?;
            let mut users = transaction.open_table(USERS)?;
            if emails.get(user.email.canonical().as_bytes())?.is_some() {
                return Ok(InsertOutcome::EmailTaken);
            }
            if users.get(user.id.as_bytes().as_slice())?.is_some() {
                return Ok(InsertOutcome::IdTaken);
            }
            emails.insert(user.email.canonical().as_bytes(), user.id.as_bytes().as_slice())?;
            store(&mut users, &user)?;
            Ok(InsertOutcome::Inserted)
        })
    }

    fn find(&self, id: UserId) -> Pending<Option<User>> {
        self.store.read(move |transaction| find(&transaction.open_table(USERS)?, id))
    }

    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>> {
        self.store.read(move |transaction| {
            let emails = transaction.open_table(EMAILS)?;
            let Some(id) = emails.get(email.canonical().as_bytes())? else { return Ok(None) };
            let id = record::decode_id(id.value())?;
            match find(&transaction.open_table(USERS)?, id)? {
                Some(user) => Ok(Some(user)),
                None => Err(redb::Error::Corrupted("an address without its account".into())),
            }
        })
    }

    fn change_password(&self, change: ChangePassword, now: Timestamp) -> Pending<UpdateOutcome> {
        self.update(change.id, move |user| account::change_password(user, change, now))
    }

    fn replace_password_hash(&self, replacement: ReplacePasswordHash) -> Pending<UpdateOutcome> {
        self.update(replacement.id, move |user| account::replace_password_hash(user, replacement))
    }

    fn record_reset_link(&self, id: UserId, link: ResetLink) -> Pending<UpdateOutcome> {
        self.update(id, move |user| account::record_reset_link(user, link))
    }

    fn record_verified_phone(&self, id: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome> {
        self.update(id, move |user| account::record_verified_phone(user, phone))
    }
}

type Bytes = &'static [u8];

fn find(users: &impl ReadableTable<Bytes, Bytes>, id: UserId) -> Result<Option<User>, redb::Error> {
    match users.get(id.as_bytes().as_slice())? {
        Some(bytes) => record::decode_user(id, bytes.value()).map(Some),
        None => Ok(None),
    }
}

fn store(users: &mut Table<'_, Bytes, Bytes>, user: &User) -> Result<(), redb::Error> {
    users.insert(user.id.as_bytes().as_slice(), record::encode_user(user)?.as_slice())?;
    Ok(())
}
