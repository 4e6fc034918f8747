//! Accounts on their way from or to another store.

use mongodb::bson::{self, doc};

use super::document::{COLLECTION, UserDocument};
use super::{MongoUsers, id};
use crate::backend::{BackendError, Pending};
use crate::migrate::{AsOf, Cursor, Movable, Page, Put};
use crate::mongo::Upserts;
use crate::user_store::User;

impl Movable<User> for MongoUsers {
    fn page(&self, after: Option<Cursor>, _: AsOf) -> Pending<Page<User>> {
        let decode = |document: UserDocument| Ok(Some(User::from(document)));
        self.mongo.page("users.page", COLLECTION, doc! {}, after, decode)
    }

    fn put(&self, batch: Vec<User>, _: AsOf) -> Pending<Put> {
        self.put_all(batch)
    }
}

impl MongoUsers {
    /// Adds accounts, or replaces those with the same ids.
    pub(crate) fn put_all(&self, batch: Vec<User>) -> Pending<Put> {
        let upsert = |user: User| {
            let id = id(user.id);
            Ok((id, bson::serialize_to_document(&UserDocument::from(user))?))
        };
        let upserts: Result<Upserts, bson::error::Error> = batch.into_iter().map(upsert).collect();
        match upserts {
            Ok(upserts) => self.mongo.upsert("users.put", COLLECTION, upserts),
            Err(_) => Box::pin(std::future::ready(Err(BackendError::Corrupt))),
        }
    }
}
