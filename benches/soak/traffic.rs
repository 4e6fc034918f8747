//! What people do.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bench_support::pace::at_rate;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::caller::{Caller, locked};
use crate::ledger::{Account, Ledger, Session};
use crate::refusals;

/// Things begun in a second. Some take two or three requests.
const RATE: f64 = 100.0;
/// Who has more signs one out before the server does: it keeps ten.
const MOST_SESSIONS: usize = 5;

/// Everybody together.
#[derive(Clone, Default)]
pub struct Traffic {
    pub caller: Arc<Caller>,
    pub ledger: Arc<Mutex<Ledger>>,
}

impl Traffic {
    /// Begins so many things a second, whether earlier ones are done or not. How much too late the
    /// latest was begun: the machine had no time, for the server neither.
    pub async fn flow(&self, time: Duration) -> Duration {
        let mut under_way = JoinSet::new();
        let latest = at_rate(RATE, time, |number| {
            let traffic = self.clone();
            under_way.spawn(async move { traffic.one(number).await });
            while under_way.try_join_next().is_some() {}
        })
        .await;
        under_way.join_all().await;
        latest
    }

    /// So many things that change something, all at once. Returns when the first quarter is
    /// done; the rest is under way.
    pub async fn burst(&self, size: u32) -> JoinSet<()> {
        let mut under_way = JoinSet::new();
        for number in 0..size {
            let traffic = self.clone();
            under_way.spawn(async move { traffic.change(number).await });
        }
        for _ in 0..size / 4 {
            under_way.join_next().await;
        }
        under_way
    }

    /// Of a hundred: a sign-up, four sign-ins, one of them with a mistake, four sign-outs, three
    /// refreshes, two of what is refused, a changed password in five hundred; the rest protected.
    async fn one(&self, number: u32) {
        match number % 100 {
            0 => self.sign_up().await,
            10 | 40 | 70 => self.with_account(|account| self.sign_in(account, 0)).await,
            20 => self.with_account(|account| self.sign_in(account, 1)).await,
            15 | 35 | 55 | 85 => self.with_account(|account| self.sign_out(account)).await,
            25 | 50 | 75 => self.with_account(|account| self.refresh(account)).await,
            30 | 60 => refusals::one(&self.caller, number / 30).await,
            80 if number % 500 == 80 => {
                self.with_account(|account| self.change_password(account)).await;
            }
            _ => self.with_account(|account| self.protected(account)).await,
        }
    }

    async fn change(&self, number: u32) {
        match number % 4 {
            0 => self.sign_up().await,
            1 => self.with_account(|account| self.sign_out(account)).await,
            2 => self.with_account(|account| self.refresh(account)).await,
            _ => self.with_account(|account| self.change_password(account)).await,
        }
    }

    /// Lends an account. What does not come back is forgotten: nobody knows what it is now.
    async fn with_account<F: Future<Output = Option<Account>>>(
        &self,
        work: impl FnOnce(Account) -> F,
    ) {
        let account = locked(&self.ledger).take();
        let Some(account) = account else { return };
        if let Some(account) = work(account).await {
            locked(&self.ledger).put(account);
        }
    }

    /// With the code from the development inbox.
    pub async fn sign_up(&self) {
        let number = locked(&self.ledger).number();
        if let Some(account) = self.registered(number).await {
            locked(&self.ledger).put(account);
        }
    }

    async fn registered(&self, number: u32) -> Option<Account> {
        let (email, password) = (format!("p{number}@example.com"), format!("first of {number}"));
        let form = json!({
            "first_name": "A", "last_name": "B", "email": email, "password": password,
        });
        let sent = self.caller.post("/user/signup", &form, 200).await?;
        let inbox = self.caller.request(Method::GET, "/dev/inbox.json").query(&[("to", &email)]);
        let inbox = self.caller.ask("/dev/inbox.json", inbox, 200).await?;
        let form = json!({"otp": inbox[0]["code"], "otp_request_id": sent["otp_request_id"]});
        let answer = self.caller.post("/user/verify-email", &form, 200).await?;
        Some(Account::new(email, password, Session::of(&answer)?))
    }

    /// After so many wrong passwords. Who has many sessions ends one instead.
    async fn sign_in(&self, account: Account, mistakes: u32) -> Option<Account> {
        if account.sessions.len() >= MOST_SESSIONS {
            return Some(self.end_session(account).await);
        }
        for _ in 0..mistakes {
            let form = json!({"email": account.email, "password": "not the right one"});
            self.caller.post("/user/signin", &form, 401).await?;
        }
        self.open_session(account).await
    }

    /// Who has no session opens one instead.
    async fn sign_out(&self, account: Account) -> Option<Account> {
        if account.sessions.is_empty() {
            return self.open_session(account).await;
        }
        Some(self.end_session(account).await)
    }

    pub async fn open_session(&self, mut account: Account) -> Option<Account> {
        let form = json!({"email": account.email, "password": account.password});
        let answer = self.caller.post("/user/signin", &form, 200).await?;
        account.sessions.push(Session::of(&answer)?);
        account.touch();
        Some(account)
    }

    async fn end_session(&self, mut account: Account) -> Account {
        let session = account.sessions.remove(0);
        let done = self.caller.bearer(Method::DELETE, "/user/signout", &session.refresh, 200).await;
        if done.is_some() {
            locked(&self.ledger).end([session]);
        }
        account.touch();
        account
    }

    /// Of the session that was renewed longest ago. An unanswered one is forgotten.
    pub async fn refresh(&self, mut account: Account) -> Option<Account> {
        if account.sessions.is_empty() {
            return self.open_session(account).await;
        }
        let session = account.sessions.remove(0);
        let answer = self.caller.bearer(Method::GET, "/user/refresh", &session.refresh, 200).await;
        account.sessions.extend(answer.as_ref().and_then(Session::of));
        account.touch();
        Some(account)
    }

    async fn protected(&self, mut account: Account) -> Option<Account> {
        if account.sessions.last().is_none_or(|session| !session.is_fresh()) {
            account = self.refresh(account).await?;
        }
        if let Some(session) = account.sessions.last() {
            let _ = self.caller.bearer(Method::GET, "/user/protected", &session.access, 200).await;
        }
        Some(account)
    }

    /// By the token of a sign-in just made. It ends every session.
    async fn change_password(&self, account: Account) -> Option<Account> {
        let mut account = self.open_session(account).await?;
        let access = &account.sessions.last()?.access;
        let password = format!("chosen {}", rand::random::<u64>());
        let path = "/auth/reset-password";
        let form = json!({"email": account.email, "password": password});
        let request = self.caller.request(Method::POST, path).bearer_auth(access).json(&form);
        self.caller.ask(path, request, 200).await?;
        locked(&self.ledger).end(account.sessions.drain(..));
        account.password = password;
        account.touch();
        Some(account)
    }
}
