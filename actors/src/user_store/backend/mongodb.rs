//! Accounts in MongoDB: one document each, changed by one conditional write.

mod codec;
mod document;
mod movable;
#[cfg(test)]
mod tests;

use mongodb::bson::{Document, doc};
use mongodb::{Collection, bson};

pub use self::codec::UserCodec;
use self::document::{EMAIL_INDEX, UserDocument};
use super::{InsertOutcome, UserBackend};
use crate::backend::{BackendError, Pending};
use crate::domain::{EmailAddress, Timestamp, UserId};
use crate::mongo::{CollectionSpec, Mongo, binary, duplicate_key, moment};
use crate::user_store::{
    ChangePassword, ReplacePasswordHash, ResetAuthority, ResetLink, UpdateOutcome, User,
    VerifiedPhone,
};

/// The accounts of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoUsers {
    mongo: Mongo,
    users: Collection<UserDocument>,
}

impl MongoUsers {
    /// Over a database that is looked after with [`MongoUsers::collection`].
    pub(crate) fn new(mongo: Mongo) -> Self {
        Self { users: mongo.collection(document::COLLECTION), mongo }
    }

    /// What must be there.
    pub(crate) fn collection() -> CollectionSpec {
        document::spec()
    }

    fn find_one(&self, name: &'static str, filter: Document) -> Pending<Option<User>> {
        let users = self.users.clone();
        let found = self.mongo.read(name, async move { users.find_one(filter).await });
        Box::pin(async move { Ok(found.await?.map(User::from)) })
    }

    /// One write on the condition that the account is still what `filter` says.
    fn update(
        &self,
        name: &'static str,
        filter: Document,
        change: Document,
    ) -> Pending<UpdateOutcome> {
        let users = self.users.clone();
        let updated = self.mongo.write(name, async move { users.update_one(filter, change).await });
        Box::pin(async move {
            let is_done = updated.await?.matched_count > 0;
            Ok(if is_done { UpdateOutcome::Done } else { UpdateOutcome::Stale })
        })
    }
}

fn id(id: UserId) -> bson::Binary {
    binary(id.as_bytes())
}

impl UserBackend for MongoUsers {
    fn insert(&self, user: User) -> Pending<InsertOutcome> {
        let (users, document) = (self.users.clone(), UserDocument::from(user));
        self.mongo.write("users.insert", async move {
            match users.insert_one(document).await {
                Ok(_) => Ok(InsertOutcome::Inserted),
                Err(error) => match duplicate_key(&error) {
                    Some(EMAIL_INDEX) => Ok(InsertOutcome::EmailTaken),
                    Some(_) => Ok(InsertOutcome::IdTaken),
                    None => Err(error),
                },
            }
        })
    }

    fn find(&self, user: UserId) -> Pending<Option<User>> {
        self.find_one("users.find", doc! { "_id": id(user) })
    }

    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>> {
        self.find_one("users.find_by_email", doc! { "email.canonical": email.canonical() })
    }

    /// The rules of [`change_password`](crate::user_store::account::change_password) as a filter.
    fn change_password(&self, change: ChangePassword, now: Timestamp) -> Pending<UpdateOutcome> {
        let ChangePassword { id: user, password_version, authority, new_hash } = change;
        let Some(next) = password_version.checked_add(1) else {
            return Box::pin(std::future::ready(Ok::<_, BackendError>(UpdateOutcome::Stale)));
        };
        let mut filter = doc! { "_id": id(user), "password_version": i64::from(password_version) };
        if let ResetAuthority::Link(link) = authority {
            filter.insert("reset_link.id", binary(link.as_bytes()));
            filter.insert("reset_link.expires_at", doc! { "$gt": moment(now) });
        }
        let change = doc! {
            "$set": { "password_hash": new_hash.as_phc(), "password_version": i64::from(next) },
            "$unset": { "reset_link": "" },
        };
        self.update("users.change_password", filter, change)
    }

    fn replace_password_hash(&self, replacement: ReplacePasswordHash) -> Pending<UpdateOutcome> {
        let ReplacePasswordHash { id: user, expected, new } = replacement;
        let filter = doc! { "_id": id(user), "password_hash": expected.as_phc() };
        let change = doc! { "$set": { "password_hash": new.as_phc() } };
        self.update("users.replace_password_hash", filter, change)
    }

    fn record_reset_link(&self, user: UserId, link: ResetLink) -> Pending<UpdateOutcome> {
        let link = doc! { "id": binary(link.id.as_bytes()), "expires_at": moment(link.expires_at) };
        let change = doc! { "$set": { "reset_link": link } };
        self.update("users.record_reset_link", doc! { "_id": id(user) }, change)
    }

    fn record_verified_phone(&self, user: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome> {
        let Ok(phone) = document::phone(&phone) else {
            return Box::pin(std::future::ready(Err(BackendError::Corrupt)));
        };
        let change = doc! { "$set": { "phone": phone } };
        self.update("users.record_verified_phone", doc! { "_id": id(user) }, change)
    }
}
