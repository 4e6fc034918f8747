//! What the journal keeps, and what one decision changes in it.

use crate::attempt_guard::account::{AccountFailures, PairFailures};
use crate::attempt_guard::budget::Guesses;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::known::KnownAddresses;
use crate::domain::Timestamp;

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// What it is filed under.
    pub(super) key: GuardKey,
    /// What it says.
    pub(super) record: Record,
    /// From then on it counts for nothing.
    pub(super) expires_at: Timestamp,
}

/// What a key can hold. Bounded in size, whatever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Sign-in failures of an account.
    Account(AccountFailures),
    /// Sign-in failures of an account from one client address.
    Pair(PairFailures),
    /// The client addresses an account signs in from.
    Known(KnownAddresses),
    /// Wrong guesses of codes sent to one destination.
    Guesses(Guesses),
    /// A sign-up notice was sent.
    Notice,
}

/// What one decision changes in the store, in order.
#[derive(Default)]
pub(crate) struct Changes(pub(super) Vec<Change>);

/// One of them.
pub(crate) enum Change {
    /// Adds or replaces a record.
    Save(Kept),
    /// Removes a record, if there is one.
    Remove(GuardKey),
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn save(&mut self, key: GuardKey, record: Record, expires_at: Timestamp) {
        self.0.push(Change::Save(Kept { key, record, expires_at }));
    }

    pub(super) fn remove(&mut self, key: GuardKey) {
        self.0.push(Change::Remove(key));
    }

    /// Removes what had to make room in memory: the store is bounded by the same number.
    pub(super) fn evicted(&mut self, key: Option<GuardKey>) {
        self.0.extend(key.map(Change::Remove));
    }
}
