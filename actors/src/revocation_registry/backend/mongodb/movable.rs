//! Sessions on their way from or to another store.

use mongodb::bson::doc;

use super::account::{Account, Ended};
use super::document::{self, AccountDocument, COLLECTION};
use super::{MongoSessions, id};
use crate::backend::Pending;
use crate::migrate::{AsOf, Cursor, Movable, Page, Put};
use crate::mongo::binary;
use crate::revocation_registry::{AccountSessions, EndedSession};

impl Movable<AccountSessions> for MongoSessions {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<AccountSessions>> {
        let decode = move |document: AccountDocument| {
            let user_id = document.user_id();
            let Account { epoch, epoch_ends, mut sessions, .. } = document.into();
            sessions.sort_by_key(|session| session.id);
            let epoch_ends = epoch_ends.filter(|until| as_of.now < *until);
            let account = AccountSessions { user_id, epoch, epoch_ends, sessions };
            // Others hold nothing but ended sessions.
            Ok(Some(account).filter(|account| account.epoch > 0 || !account.sessions.is_empty()))
        };
        self.mongo.page("sessions.page", COLLECTION, doc! {}, after, decode)
    }

    fn put(&self, batch: Vec<AccountSessions>, as_of: AsOf) -> Pending<Put> {
        let upsert = |account: AccountSessions| {
            let AccountSessions { user_id, epoch, epoch_ends, sessions } = account;
            let mut account = Account { epoch, epoch_ends, sessions, ..Account::default() };
            account.sweep_at = account.next_end(as_of.sessions);
            (id(user_id), document::change(&Account::default(), &account, as_of.now))
        };
        self.mongo.upsert("sessions.put", COLLECTION, batch.into_iter().map(upsert).collect())
    }
}

impl Movable<EndedSession> for MongoSessions {
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<EndedSession>> {
        let decode = move |document: AccountDocument| {
            let ended = Account::from(document).ended.into_iter();
            Ok(ended
                .map(|Ended { id, until }| EndedSession { id, until })
                .filter(move |ended| as_of.now < ended.until))
        };
        let some = doc! { "ended.0": { "$exists": true } };
        self.mongo.page("sessions.page_ended", COLLECTION, some, after, decode)
    }

    /// Each in a document of its own, like those that do not fit an account's: whose they were is
    /// not known everywhere.
    fn put(&self, batch: Vec<EndedSession>, as_of: AsOf) -> Pending<Put> {
        let upsert = |EndedSession { id, until }: EndedSession| {
            let ended = vec![Ended { id, until }];
            let alone = Account { ended, sweep_at: Some(until), ..Account::default() };
            (binary(id.as_bytes()), document::change(&Account::default(), &alone, as_of.now))
        };
        self.mongo.upsert("sessions.put_ended", COLLECTION, batch.into_iter().map(upsert).collect())
    }
}
