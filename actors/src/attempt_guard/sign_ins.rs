//! The rules of password sign-in: who may try, and what a failure costs (S-52, S-53, S-54).

use std::net::IpAddr;
use std::time::Duration;

use super::account::{AccountFailures, PairFailures};
use super::backend::{Changes, Record};
use super::backoff::FORGOTTEN_AFTER;
use super::counters::Capacity;
use super::in_flight::InFlight;
use super::key::GuardKey;
use super::known::KnownAddresses;
use super::shelf::Shelf;
use super::{SignInAdmission, SignInRecord, TryResult};
use crate::domain::{EmailAddress, Timestamp};

/// A settled record with the tries that are not in it yet.
type Counted<R> = (R, InFlight);

pub(super) struct SignIns {
    /// False: nobody is delayed or disabled. Failures are counted all the same.
    limited: bool,
    pub(super) accounts: Shelf<Counted<AccountFailures>>,
    pub(super) pairs: Shelf<Counted<PairFailures>>,
    pub(super) known: Shelf<KnownAddresses>,
}

/// Where one sign-in is on record.
#[derive(Clone, Copy)]
struct Keys {
    account: GuardKey,
    pair: GuardKey,
    known: GuardKey,
}

/// What is on record about one sign-in at one moment.
struct Standing {
    account: Counter<AccountFailures>,
    pair: Counter<PairFailures>,
    known_client: bool,
}

/// A record about to change.
struct Counter<R> {
    /// As it is on the shelf, and in the store.
    stored: R,
    /// As it shall be.
    record: R,
    in_flight: InFlight,
}

impl SignIns {
    pub(super) fn new(limited: bool, capacity: &Capacity) -> Self {
        Self {
            limited,
            accounts: Shelf::new(capacity.accounts),
            pairs: Shelf::new(capacity.pairs),
            known: Shelf::new(capacity.known),
        }
    }

    /// Decides on a try and counts it, unless refused.
    pub(super) fn admit(
        &mut self,
        email: &EmailAddress,
        ip: IpAddr,
        now: Timestamp,
        changes: &mut Changes,
    ) -> SignInAdmission {
        let keys = Keys::of(email, ip);
        let mut standing = self.standing(keys, now);
        let refusal = if self.limited { standing.refusal(now) } else { None };
        if refusal.is_none() {
            standing.account.in_flight.admit(now);
            standing.pair.in_flight.admit(now);
        }
        // Also when refused: old failures may have been forgotten, or a clock set back corrected.
        self.keep(keys, &standing, changes);
        refusal.unwrap_or(SignInAdmission::Admitted)
    }

    /// Replaces an admitted try by its result.
    pub(super) fn settle(
        &mut self,
        email: &EmailAddress,
        ip: IpAddr,
        result: TryResult,
        now: Timestamp,
        changes: &mut Changes,
    ) -> SignInRecord {
        let keys = Keys::of(email, ip);
        let mut standing = self.standing(keys, now);
        let Standing { account, pair, known_client } = &mut standing;
        let failures_before = account.record.failures.in_a_row;
        account.in_flight.settle();
        pair.in_flight.settle();
        match result {
            TryResult::Right => {
                account.record = account.record.cleared();
                pair.record = PairFailures::default();
                self.remember(keys, now, changes);
            }
            TryResult::Wrong => {
                pair.record = pair.record.and_one(account.record.epoch, now);
                account.record = account.record.and_one(*known_client, now);
            }
            TryResult::Abandoned => {}
        }
        self.keep(keys, &standing, changes);
        SignInRecord { failures_before }
    }

    /// Voids the failures of an account, from every client address.
    pub(super) fn forget(&mut self, email: &EmailAddress, now: Timestamp, changes: &mut Changes) {
        let key = GuardKey::account(email);
        let mut account = self.account(key, now);
        account.record = account.record.forgiven(now);
        self.keep_account(key, &account, changes);
    }

    fn standing(&self, keys: Keys, now: Timestamp) -> Standing {
        let account = self.account(keys.account, now);
        let (stored, in_flight) = self.pairs.peek(&keys.pair).copied().unwrap_or_default();
        let record = stored.as_of(account.record.epoch, now);
        let pair = Counter { stored, record, in_flight: in_flight.as_of(now) };
        let known = self.known.get(&keys.known, now);
        let known_client = known.is_some_and(|known| known.contains(keys.pair, now));
        Standing { account, pair, known_client }
    }

    fn account(&self, key: GuardKey, now: Timestamp) -> Counter<AccountFailures> {
        let (stored, in_flight) = self.accounts.peek(&key).copied().unwrap_or_default();
        Counter { stored, record: stored.as_of(now), in_flight: in_flight.as_of(now) }
    }

    fn keep(&mut self, keys: Keys, standing: &Standing, changes: &mut Changes) {
        self.keep_account(keys.account, &standing.account, changes);
        let Counter { stored, record, in_flight } = standing.pair;
        let expires_at = record.failures.expires_at();
        if record != stored {
            save(keys.pair, record, Record::Pair, expires_at, changes);
        }
        put(&mut self.pairs, keys.pair, (record, in_flight), expires_at, changes);
    }

    fn keep_account(
        &mut self,
        key: GuardKey,
        account: &Counter<AccountFailures>,
        changes: &mut Changes,
    ) {
        let Counter { stored, record, in_flight } = *account;
        let expires_at = record.expires_at();
        if record != stored {
            save(key, record, Record::Account, expires_at, changes);
        }
        put(&mut self.accounts, key, (record, in_flight), expires_at, changes);
    }

    fn remember(&mut self, keys: Keys, now: Timestamp, changes: &mut Changes) {
        let mut known = self.known.get(&keys.known, now).cloned().unwrap_or_default();
        if !known.remember(keys.pair, now) {
            return;
        }
        let expires_at = known.expires_at();
        changes.save(keys.known, Record::Known(known.clone()), expires_at);
        changes.evicted(self.known.put(keys.known, known, expires_at));
    }
}

impl Keys {
    fn of(email: &EmailAddress, ip: IpAddr) -> Self {
        Self {
            account: GuardKey::account(email),
            pair: GuardKey::pair(email, ip),
            known: GuardKey::known(email),
        }
    }
}

impl Standing {
    /// Disabled comes first: waiting would not help, so no time is named.
    fn refusal(&self, now: Timestamp) -> Option<SignInAdmission> {
        let Self { account, pair, known_client } = self;
        if account.record.is_disabled(*known_client) {
            return Some(SignInAdmission::Disabled);
        }
        let pair = pair.record.failures.wait(pair.in_flight, now);
        let account = account.record.failures.wait(account.in_flight, now);
        let wait = if *known_client { pair } else { pair.max(account) };
        (!wait.is_zero())
            .then(|| SignInAdmission::Delayed { retry_after: whole_seconds_above(wait) })
    }
}

/// Puts a counter on its shelf, or drops one that counts nothing.
fn put<R: Default + PartialEq>(
    shelf: &mut Shelf<Counted<R>>,
    key: GuardKey,
    counted: Counted<R>,
    record_expires_at: Timestamp,
    changes: &mut Changes,
) {
    if counted == Counted::default() {
        return shelf.remove(&key);
    }
    // Unsettled tries stay as long as failures would: a flood must not wash them out first.
    let unsettled = counted.1.last_at().map(|at| at.after(FORGOTTEN_AFTER));
    let expires_at = record_expires_at.max(unsettled.unwrap_or_default());
    changes.evicted(shelf.put(key, counted, expires_at));
}

/// Saves a record, or removes one that says nothing.
fn save<R: Default + PartialEq>(
    key: GuardKey,
    record: R,
    kind: fn(R) -> Record,
    expires_at: Timestamp,
    changes: &mut Changes,
) {
    if record == R::default() {
        changes.remove(key);
    } else {
        changes.save(key, kind(record), expires_at);
    }
}

/// `Retry-After` has whole seconds; a client that waits them must not be early.
fn whole_seconds_above(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}
