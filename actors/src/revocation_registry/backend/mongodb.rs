//! Sessions in MongoDB: one document for each account, changed by one conditional write.

mod account;
mod announcement;
mod codec;
mod document;
mod feed;
mod movable;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Binary, Document, doc};
use mongodb::error::{Error, Result as DriverResult};
use mongodb::options::ReturnDocument;
use mongodb::{Collection, results::UpdateResult};
use serde::Deserialize;

use self::account::Account;
use self::announcement::Announcement;
pub use self::codec::SessionCodec;
use self::document::AccountDocument;
pub(crate) use self::feed::RevocationFeed;
use super::{Opened, Refreshed, Revoked, SessionBackend};
use crate::backend::Pending;
use crate::domain::{Timestamp, UserId};
use crate::mongo::{Attempt, CollectionSpec, Mongo, binary, duplicate_key, moment, timestamp};
use crate::revocation_registry::index::RevocationIndex;
use crate::revocation_registry::ledger::{NewSession, SessionRules};
use crate::revocation_registry::messages::SessionRef;
use crate::runtime::Clock;

/// The sessions of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoSessions {
    mongo: Mongo,
    accounts: Collection<AccountDocument>,
}

/// The epoch of an account's document.
#[derive(Deserialize)]
struct Epoch {
    epoch: u32,
}

impl MongoSessions {
    /// Over a database that is looked after with [`MongoSessions::collections`].
    pub(crate) fn new(mongo: Mongo) -> Self {
        Self { accounts: mongo.collection(document::COLLECTION), mongo }
    }

    /// What must be there.
    pub(crate) fn collections() -> Vec<CollectionSpec> {
        vec![document::spec()]
    }

    /// What tells `index` of other nodes' revocations, once it runs.
    pub(crate) fn feed(
        &self,
        index: Arc<RevocationIndex>,
        clock: Arc<dyn Clock>,
    ) -> RevocationFeed {
        RevocationFeed::new(self.mongo.clone(), self.announcements(), index, clock)
    }

    fn announcements(&self) -> Collection<Announcement> {
        self.accounts.clone_with_type()
    }

    /// Applies `decide` to the account: one read, and one write if it changes anything.
    fn change<T, D>(
        &self,
        name: &'static str,
        user: UserId,
        now: Timestamp,
        decide: D,
    ) -> Pending<T>
    where
        T: Send + 'static,
        D: Fn(&mut Account) -> T + Send + Sync + 'static,
    {
        self.change_from(Start::Look, name, user, now, decide)
    }

    /// The same, where `start` may spare the read.
    fn change_from<T, D>(
        &self,
        mut start: Start,
        name: &'static str,
        user: UserId,
        now: Timestamp,
        decide: D,
    ) -> Pending<T>
    where
        T: Send + 'static,
        D: Fn(&mut Account) -> T + Send + Sync + 'static,
    {
        let (accounts, decide) = (self.accounts.clone(), Arc::new(decide));
        self.mongo.write_conditionally(name, move || {
            let (accounts, decide) = (accounts.clone(), Arc::clone(&decide));
            let start = std::mem::replace(&mut start, Start::Look);
            async move {
                let found = match start {
                    Start::Look => accounts.find_one(doc! { "_id": id(user) }).await?,
                    Start::TakeForEmpty => None,
                };
                let revision = found.as_ref().map(|account| account.revision);
                let before = found.map(Account::from).unwrap_or_default();
                let mut after = before.clone();
                let answer = decide(&mut after);
                let is_stored = store(&accounts, user, revision, &before, after, now).await?;
                Ok(if is_stored { Attempt::Done(answer) } else { Attempt::Conflict })
            }
        })
    }
}

/// What the first decision on an account is based on. The write is conditional: a wrong guess
/// costs a look and another decision.
enum Start {
    /// What is stored.
    Look,
    /// The guess that there is nothing yet.
    TakeForEmpty,
}

/// Stores `after`, if the account is still at `revision`; `None`: if there is still none.
async fn store(
    accounts: &Collection<AccountDocument>,
    user: UserId,
    revision: Option<ObjectId>,
    before: &Account,
    mut after: Account,
    now: Timestamp,
) -> DriverResult<bool> {
    if after == *before {
        return Ok(true);
    }
    if let Some((first, overflow)) = after.overflow() {
        // Before they leave the list: a node must find them in the one place or the other.
        let change = document::change(&Account::default(), &overflow, now);
        let place = doc! { "_id": binary(first.as_bytes()) };
        accounts.update_one(place, change).upsert(true).await?;
    }
    let condition = revision.map_or_else(|| doc! { "$exists": false }.into(), Into::into);
    let filter = Document::from_iter([
        ("_id".to_owned(), id(user).into()),
        ("revision".to_owned(), condition),
    ]);
    let change = document::change(before, &after, now);
    match accounts.update_one(filter, change).upsert(revision.is_none()).await {
        Ok(UpdateResult { matched_count: 0, upserted_id: None, .. }) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => another_was_faster(error).map(|()| false),
    }
}

/// Whether an upsert failed because another one has just inserted the same account.
fn another_was_faster(error: Error) -> DriverResult<()> {
    if duplicate_key(&error).is_some() { Ok(()) } else { Err(error) }
}

fn id(user: UserId) -> Binary {
    binary(user.as_bytes())
}

impl SessionBackend for MongoSessions {
    fn open(
        &self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Opened> {
        let start = if new.is_first { Start::TakeForEmpty } else { Start::Look };
        self.change_from(start, "sessions.open", new.user_id, now, move |account| {
            account.open(new.clone(), least_epoch, rules, now)
        })
    }

    fn refresh(
        &self,
        token: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Refreshed> {
        self.change("sessions.refresh", token.user_id, now, move |account| {
            account.refresh(token, generation, rules, now)
        })
    }

    fn revoke(
        &self,
        token: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Option<Revoked>> {
        self.change("sessions.revoke", token.user_id, now, move |account| {
            account.revoke(token, rules, now)
        })
    }

    fn is_live(&self, token: SessionRef, rules: SessionRules, now: Timestamp) -> Pending<bool> {
        let accounts = self.accounts.clone();
        self.mongo.read("sessions.is_live", async move {
            let found = accounts.find_one(doc! { "_id": id(token.user_id) }).await?;
            let account = found.map(Account::from).unwrap_or_default();
            Ok(account.is_live(token, rules, now))
        })
    }

    fn epoch(&self, user: UserId) -> Pending<u32> {
        let epochs = self.accounts.clone_with_type::<Epoch>();
        self.mongo.read("sessions.epoch", async move {
            let find = epochs.find_one(doc! { "_id": id(user) }).projection(doc! { "epoch": 1 });
            Ok(find.await?.map_or(0, |found| found.epoch))
        })
    }

    /// On no condition, so that no race can keep it from happening.
    fn raise_epoch(&self, user: UserId, rules: SessionRules, now: Timestamp) -> Pending<u32> {
        let epochs = self.accounts.clone_with_type::<Epoch>();
        let until = rules.account_tokens_end(now);
        self.mongo.write_conditionally("sessions.raise_epoch", move || {
            let epochs = epochs.clone();
            async move {
                let raising = epochs
                    .find_one_and_update(doc! { "_id": id(user) }, document::raise_epoch(until))
                    .upsert(true)
                    .return_document(ReturnDocument::After)
                    .projection(doc! { "epoch": 1 });
                match raising.await {
                    Ok(Some(raised)) => Ok(Attempt::Done(raised.epoch)),
                    Ok(None) => Ok(Attempt::Conflict),
                    Err(error) => another_was_faster(error).map(|()| Attempt::Conflict),
                }
            }
        })
    }

    /// Prunes documents. Those that are vacant then are deleted by their TTL index.
    ///
    /// A node whose clock is years ahead must not do it to what the others rely on: the server's
    /// clock counts as well.
    fn sweep(&self, rules: SessionRules, now: Timestamp, limit: usize) -> Pending<bool> {
        let (this, accounts) = (self.clone(), self.accounts.clone_with_type::<Due>());
        let at_most = i64::try_from(limit).unwrap_or(i64::MAX);
        let due = self.mongo.read("sessions.due", async move {
            let server = accounts.client().database("admin");
            let hello = server.run_command(doc! { "hello": 1 }).await?;
            let now = hello.get_datetime("localTime").map_or(now, |at| now.min(timestamp(*at)));
            let find = accounts.find(doc! { "sweep_at": { "$lte": moment(now) } });
            let found = find.projection(doc! { "_id": 1 }).limit(at_most).await?;
            Ok((now, found.try_collect::<Vec<_>>().await?))
        });
        Box::pin(async move {
            let (now, due) = due.await?;
            for Due { id } in &due {
                let user = UserId::from_bytes(id.0);
                let prune = move |account: &mut Account| account.sweep(rules, now);
                this.change("sessions.sweep", user, now, prune).await?;
            }
            Ok(due.len() == limit)
        })
    }

    fn load_into(&self, index: Arc<RevocationIndex>, now: Timestamp) -> Pending<()> {
        let announcements = self.announcements();
        self.mongo.read("sessions.load", async move {
            announcement::enter_since(&announcements, announcement::BEGINNING, &index, now)
                .await
                .map(drop)
        })
    }
}

/// A document that the sweep should look at.
#[derive(Deserialize)]
struct Due {
    #[serde(rename = "_id")]
    id: crate::mongo::Bytes16,
}
