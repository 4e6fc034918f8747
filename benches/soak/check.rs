//! Whether the server still knows what it has acknowledged.

use futures_util::{StreamExt, stream};
use reqwest::Method;

use crate::caller::locked;
use crate::ledger::Account;
use crate::traffic::Traffic;

/// Accounts that changed last, and as many of the others.
const NEWEST: usize = 200;
/// At once: fewer than may wait for a hashing lane.
const TOGETHER: usize = 16;

/// How much was looked at.
#[derive(Clone, Copy, Default)]
pub struct Checked {
    pub accounts: usize,
    /// That still had to stand.
    pub sessions: usize,
    /// That had to stay ended.
    pub ended: usize,
}

/// A sample of accounts signs in, their sessions refresh, and all ended sessions are refused.
/// Whatever does otherwise is a failure.
pub async fn check(traffic: &Traffic) -> Checked {
    let (sample, ended) = {
        let mut ledger = locked(&traffic.ledger);
        (ledger.take_sample(NEWEST), ledger.ended())
    };
    let sessions = sample.iter().map(|account| account.sessions.len()).sum();
    let checked = Checked { accounts: sample.len(), sessions, ended: ended.len() };
    stream::iter(ended)
        .for_each_concurrent(TOGETHER, |(access, refresh)| async move {
            refused(traffic, &access, &refresh).await;
        })
        .await;
    stream::iter(sample)
        .for_each_concurrent(TOGETHER, |account| async move {
            stands(traffic, account).await;
        })
        .await;
    checked
}

async fn refused(traffic: &Traffic, access: &str, refresh: &str) {
    let caller = &traffic.caller;
    caller.bearer(Method::GET, "/user/protected", access, 401).await;
    caller.bearer(Method::GET, "/user/refresh", refresh, 401).await;
}

/// Its sessions can be renewed, and its password is right.
async fn stands(traffic: &Traffic, mut account: Account) {
    let email = account.email.clone();
    for _ in 0..account.sessions.len() {
        let Some(back) = traffic.refresh(account).await else { return };
        account = back;
    }
    match traffic.open_session(account).await {
        Some(account) => locked(&traffic.ledger).put(account),
        None => traffic.caller.fail(format!("{email} cannot sign in any more")),
    }
}
