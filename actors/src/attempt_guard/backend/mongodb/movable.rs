//! Counters on their way from or to another store.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{self, Bson, Document, doc};
use serde::Serialize;

use super::document::{Kept, SCHEMA, State};
use super::guesses::GuessState;
use super::notice::Notice;
use super::sign_in::{SignInState, Stored, stored_addresses};
use crate::attempt_guard::account::AccountFailures;
use crate::attempt_guard::backend::NOTICE_EVERY;
use crate::attempt_guard::budget::Guesses;
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::{GuessBudget, KnownClients, SignInFailures, SignUpNotice};
use crate::backend::{BackendError, Pending};
use crate::domain::Timestamp;
use crate::migrate::{AsOf, Cursor, Movable, Page, Put};
use crate::mongo::{Mongo, Upserts, binary, moment, timestamp};
use crate::user_store::MongoUsers;

/// The counters of a database, as they are moved.
#[derive(Clone)]
pub(crate) struct MongoCounters {
    pub(super) mongo: Mongo,
}

impl MongoCounters {
    fn upsert(
        &self,
        collection: &'static str,
        upserts: bson::error::Result<Upserts>,
    ) -> Pending<Put> {
        match upserts {
            Ok(upserts) => self.mongo.upsert("guard.put", collection, upserts),
            Err(_) => Box::pin(std::future::ready(Err(BackendError::Corrupt))),
        }
    }
}

impl Movable<SignInFailures> for MongoCounters {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<SignInFailures>> {
        let decode = move |document: Kept<Stored>| {
            let key = GuardKey::from_bytes(document.id.0);
            let failures = SignInState::restore(document.state).account.record;
            let counts =
                failures != AccountFailures::default() && as_of.now < failures.expires_at();
            Ok(counts.then_some(SignInFailures { key, failures }))
        };
        self.mongo.page("guard.page", SignInState::COLLECTION, doc! {}, after, decode)
    }

    fn put(&self, batch: Vec<SignInFailures>, _: AsOf) -> Pending<Put> {
        let one = |SignInFailures { key, failures }: SignInFailures| {
            let account = bson::serialize_to_bson(&Counted::idle(failures))?;
            let set = doc! { "state.account": account };
            let others = doc! { "state.pairs": [], "state.known": [] };
            Ok((binary(key.as_bytes()), part(set, others, failures.expires_at())))
        };
        self.upsert(SignInState::COLLECTION, batch.into_iter().map(one).collect())
    }
}

impl Movable<KnownClients> for MongoCounters {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<KnownClients>> {
        let users = MongoUsers::new(self.mongo.clone()).page(after, as_of);
        let documents = self.mongo.collection::<Kept<Stored>>(SignInState::COLLECTION);
        let mongo = self.mongo.clone();
        Box::pin(async move {
            let Page { entities: users, next } = users.await?;
            let known_keys: HashMap<GuardKey, GuardKey> = users
                .iter()
                .map(|user| (GuardKey::account(&user.email), GuardKey::known(&user.email)))
                .collect();
            let ids: Vec<_> = known_keys.keys().map(|key| binary(key.as_bytes())).collect();
            let found = mongo.read("guard.page_known", async move {
                documents.find(doc! { "_id": { "$in": ids } }).await?.try_collect().await
            });
            let mut entities = Vec::new();
            let found: Vec<Kept<Stored>> = found.await?;
            for document in found {
                let account = GuardKey::from_bytes(document.id.0);
                let addresses = SignInState::restore(document.state).known;
                let Some(known) = known_keys.get(&account).copied() else { continue };
                if as_of.now < addresses.expires_at() {
                    entities.push(KnownClients { account, known, addresses });
                }
            }
            Ok(Page { entities, next })
        })
    }

    fn put(&self, batch: Vec<KnownClients>, _: AsOf) -> Pending<Put> {
        let one = |KnownClients { account, addresses, .. }: KnownClients| {
            let known = bson::serialize_to_bson(&stored_addresses(&addresses))?;
            let nothing = bson::serialize_to_bson(&Counted::<AccountFailures>::default())?;
            let others = doc! { "state.account": nothing, "state.pairs": [] };
            let change = part(doc! { "state.known": known }, others, addresses.expires_at());
            Ok((binary(account.as_bytes()), change))
        };
        self.upsert(SignInState::COLLECTION, batch.into_iter().map(one).collect())
    }
}

impl Movable<GuessBudget> for MongoCounters {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<GuessBudget>> {
        let decode = move |document: Kept<GuessState>| {
            let key = GuardKey::from_bytes(document.id.0);
            let expires_at = timestamp(document.expires_at);
            let guesses = GuessState::restore(document.state).record;
            let counts = guesses != Guesses::default() && as_of.now < expires_at;
            Ok(counts.then_some(GuessBudget { key, guesses, expires_at }))
        };
        self.mongo.page("guard.page", GuessState::COLLECTION, doc! {}, after, decode)
    }

    fn put(&self, batch: Vec<GuessBudget>, _: AsOf) -> Pending<Put> {
        let one = |GuessBudget { key, guesses, expires_at }: GuessBudget| {
            whole(key, Counted::idle(guesses).store(), expires_at)
        };
        self.upsert(GuessState::COLLECTION, batch.into_iter().map(one).collect())
    }
}

impl Movable<SignUpNotice> for MongoCounters {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<SignUpNotice>> {
        let decode = move |document: Kept<Notice>| {
            let key = GuardKey::from_bytes(document.id.0);
            let expires_at = document.state.told_at().after(NOTICE_EVERY);
            Ok((as_of.now < expires_at).then_some(SignUpNotice { key, expires_at }))
        };
        self.mongo.page("guard.page", Notice::COLLECTION, doc! {}, after, decode)
    }

    fn put(&self, batch: Vec<SignUpNotice>, _: AsOf) -> Pending<Put> {
        let one = |SignUpNotice { key, expires_at }: SignUpNotice| {
            whole(key, Notice::of(expires_at.before(NOTICE_EVERY)), expires_at)
        };
        self.upsert(Notice::COLLECTION, batch.into_iter().map(one).collect())
    }
}

/// A whole document.
fn whole(
    key: GuardKey,
    state: impl Serialize,
    expires_at: Timestamp,
) -> bson::error::Result<(bson::Binary, Document)> {
    let document = bson::serialize_to_document(&Kept::new(key, state, expires_at))?;
    Ok((binary(key.as_bytes()), document))
}

/// The change of a part of a state, where the `others` start like this.
fn part(mut set: Document, others: Document, expires_at: Timestamp) -> Document {
    set.insert("schema", SCHEMA);
    set.insert("revision", Bson::ObjectId(ObjectId::new()));
    doc! { "$set": set, "$setOnInsert": others, "$max": { "expires_at": moment(expires_at) } }
}
