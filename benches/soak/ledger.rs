//! What the server has acknowledged.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// Access tokens live for 15 minutes.
const FRESH: Duration = Duration::from_mins(10);

/// Accounts that nobody is using, and sessions that have ended.
#[derive(Default)]
pub struct Ledger {
    accounts: Vec<Account>,
    ended: Vec<Session>,
    next: u32,
}

/// Somebody whose sign-up was acknowledged.
pub struct Account {
    pub email: String,
    /// The latest that was acknowledged.
    pub password: String,
    /// Those that stand, the oldest first.
    pub sessions: Vec<Session>,
    changed: Instant,
}

/// The latest tokens of a session.
pub struct Session {
    pub access: String,
    pub refresh: String,
    renewed: Instant,
}

impl Ledger {
    /// The number of the next account.
    pub fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Any account, for the borrower alone. It comes back by [`Ledger::put`], or never, when it is
    /// not known what became of it.
    pub fn take(&mut self) -> Option<Account> {
        let count = self.accounts.len();
        (count > 0).then(|| self.accounts.swap_remove(rand::random_range(0..count)))
    }

    pub fn put(&mut self, account: Account) {
        self.accounts.push(account);
    }

    /// Takes the `newest` changed last, and as many of the others as well.
    pub fn take_sample(&mut self, newest: usize) -> Vec<Account> {
        self.accounts.sort_by_key(|account| account.changed);
        let mut sample = self.accounts.split_off(self.accounts.len().saturating_sub(newest));
        sample.extend((0..newest).map_while(|_| self.take()));
        sample
    }

    /// These sessions are over.
    pub fn end(&mut self, sessions: impl IntoIterator<Item = Session>) {
        self.ended.extend(sessions);
    }

    /// The tokens of all sessions that are over.
    pub fn ended(&self) -> Vec<(String, String)> {
        let tokens = |session: &Session| (session.access.clone(), session.refresh.clone());
        self.ended.iter().map(tokens).collect()
    }

    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    pub fn sessions(&self) -> usize {
        self.accounts.iter().map(|account| account.sessions.len()).sum()
    }
}

impl Account {
    /// With the session that its verification opened.
    pub fn new(email: String, password: String, session: Session) -> Self {
        Self { email, password, sessions: vec![session], changed: Instant::now() }
    }

    /// Of what is checked after a kill, the latest matters most.
    pub fn touch(&mut self) {
        self.changed = Instant::now();
    }
}

impl Session {
    /// From an answer that has both tokens.
    pub fn of(answer: &Value) -> Option<Self> {
        let token = |name: &str| answer["token"][name].as_str().map(str::to_owned);
        Some(Self { access: token("access")?, refresh: token("refresh")?, renewed: Instant::now() })
    }

    /// Whether its access token still is accepted.
    pub fn is_fresh(&self) -> bool {
        self.renewed.elapsed() < FRESH
    }
}
