//! Accounts on their way from or to another store.

use redb::ReadableTable;

use super::{EMAILS, EmbeddedUsers, USERS, record, store};
use crate::backend::{BackendError, Pending};
use crate::embedded;
use crate::migrate::{AsOf, Cursor, Entity, Kind, Movable, Page, Put};
use crate::user_store::User;

impl Entity for User {
    const KIND: Kind = Kind::Users;

    /// As the embedded store keeps it.
    fn canonical(&self) -> Result<Vec<u8>, BackendError> {
        let record = record::encode_user(self).map_err(|_| BackendError::Corrupt)?;
        Ok([self.id.as_bytes().as_slice(), &record].concat())
    }
}

impl Movable<User> for EmbeddedUsers {
    fn page(&self, after: Option<Cursor>, _: AsOf) -> Pending<Page<User>> {
        self.store.read(move |transaction| {
            embedded::page(&transaction.open_table(USERS)?, after.as_ref(), |id, bytes| {
                record::decode_user(record::decode_id(id)?, bytes).map(Some)
            })
        })
    }

    fn put(&self, batch: Vec<User>, _: AsOf) -> Pending<Put> {
        self.put_all(batch)
    }
}

impl EmbeddedUsers {
    /// Adds accounts, or replaces those with the same ids.
    pub(crate) fn put_all(&self, batch: Vec<User>) -> Pending<Put> {
        self.store.write(move |transaction| {
            let mut emails = transaction.open_table(EMAILS)?;
            let mut users = transaction.open_table(USERS)?;
            for user in &batch {
                let holder = emails.get(user.email.canonical().as_bytes())?;
                if holder.is_some_and(|holder| holder.value() != user.id.as_bytes()) {
                    return Ok(Put::Conflict);
                }
            }
            for user in &batch {
                let email = user.email.canonical().as_bytes();
                emails.insert(email, user.id.as_bytes().as_slice())?;
                store(&mut users, user)?;
            }
            Ok(Put::Done)
        })
    }
}
