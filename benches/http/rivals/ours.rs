//! Our side.

use std::cell::RefCell;

use mongod::ReplicaSet;
use serde_json::json;
use tempfile::TempDir;

use super::side::Side;
use super::{ACCOUNTS, SESSIONS, of_each};
use crate::call::{Call, ask_all};
use crate::mongo;
use bench_support::server::{Server, seed};

/// A server, and who is signed in there.
pub struct Ours {
    pub server: Server,
    access_token: String,
    refresh_tokens: RefCell<Vec<String>>,
}

impl Ours {
    /// On a database of its own.
    pub fn start(set: &ReplicaSet, database: &str, more: &[(&'static str, &str)]) -> Self {
        let uri = set.uri();
        let settings = [mongo::settings(&uri, database).as_slice(), more].concat();
        let folder = TempDir::new().expect("a folder");
        seed(&folder, 0, ACCOUNTS, &settings);
        let server = Server::on(folder, &settings);
        let answers = ask_all(&server.base, &of_each(SESSIONS, sign_in));
        let token = |body: &serde_json::Value, kind: &str| {
            body["token"][kind].as_str().expect("a token").to_owned()
        };
        let access_token = answers.first().map(|answer| token(&answer.body, "access"));
        let refresh_tokens = answers.iter().map(|answer| token(&answer.body, "refresh")).collect();
        Self {
            server,
            access_token: access_token.expect("a session"),
            refresh_tokens: RefCell::new(refresh_tokens),
        }
    }

    /// Like [`Ours::start`]; each refresh replaces the refresh token.
    pub fn rotating(set: &ReplicaSet, database: &str) -> Self {
        Self::start(set, database, &[("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true")])
    }

    /// Signature from the cache, revocation from memory.
    pub fn token_check(&self) -> Side<'_> {
        let calls = || vec![Call::get("/user/protected").bearer(&self.access_token)];
        self.side("our protected with a warm token", Box::new(calls), 0, 0)
    }

    /// Looks for account and session, stores the time, signs a token.
    pub fn refresh(&self) -> Side<'_> {
        let calls = || self.refresh_tokens.borrow().iter().map(|token| refresh(token)).collect();
        self.side("our refresh", Box::new(calls), 2, 1)
    }

    /// With tokens that have just been replaced: their answers might have been lost. Looks for account
    /// and session, signs two tokens. For a server that rotates.
    pub fn repeated_refresh(&self) -> Side<'_> {
        let calls = || {
            let replaced: Vec<Call> =
                self.refresh_tokens.borrow().iter().map(|token| refresh(token)).collect();
            let answers = ask_all(&self.server.base, &replaced);
            let tokens = answers.iter().map(|answer| &answer.body["token"]["refresh"]);
            let tokens = tokens.map(|token| token.as_str().expect("a token").to_owned());
            self.refresh_tokens.replace(tokens.collect());
            replaced
        };
        self.side("our refresh, repeated", Box::new(calls), 2, 0)
    }

    /// Right passwords; first of those who have not signed in yet: who has, costs a read less for a while.
    pub fn sign_in(&self) -> Side<'_> {
        let calls = || of_each(ACCOUNTS, sign_in).into_iter().rev().collect();
        self.side("our sign-in", Box::new(calls), 4, 3)
    }

    fn side<'a>(
        &'a self,
        name: &'a str,
        calls: Box<dyn Fn() -> Vec<Call> + 'a>,
        reads: u32,
        writes: u32,
    ) -> Side<'a> {
        Side { name, server: &self.server, calls, reads, writes }
    }
}

fn refresh(token: &str) -> Call {
    Call::get("/user/refresh").bearer(token)
}

fn sign_in(email: &str) -> Call {
    Call::post("/user/signin", &json!({"email": email, "password": actors::seed::PASSWORD}))
}
