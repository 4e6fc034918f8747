//! The records of password sign-in, on their shelves.

use std::net::IpAddr;

use super::Shelf;
use super::counters::Capacity;
use super::record::{Changes, Record};
use crate::attempt_guard::account::{AccountFailures, PairFailures};
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::known::KnownAddresses;
use crate::attempt_guard::standing::Standing;
use crate::attempt_guard::{SignInAdmission, SignInRecord, TryResult};
use crate::domain::{EmailAddress, Timestamp};

pub(super) struct SignIns {
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

impl SignIns {
    pub(super) fn new(limited: bool, capacity: &Capacity) -> Self {
        Self {
            limited,
            accounts: Shelf::new(capacity.accounts),
            pairs: Shelf::new(capacity.pairs),
            known: Shelf::new(capacity.known),
        }
    }

    pub(super) fn admit(
        &mut self,
        email: &EmailAddress,
        ip: IpAddr,
        now: Timestamp,
        changes: &mut Changes,
    ) -> SignInAdmission {
        let keys = Keys::of(email, ip);
        let mut standing = self.standing(keys, now);
        let answer = standing.admit(self.limited, now);
        // Also when refused: old failures may have been forgotten, or a clock set back corrected.
        self.keep(keys, &standing, changes);
        answer
    }

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
        let answer = standing.settle(result, now);
        if result == TryResult::Right {
            self.remember(keys, now, changes);
        }
        self.keep(keys, &standing, changes);
        answer
    }

    /// Voids the failures of an account, from every client address.
    pub(super) fn forget(&mut self, email: &EmailAddress, now: Timestamp, changes: &mut Changes) {
        let key = GuardKey::account(email);
        let account = self.accounts.peek(&key).copied().unwrap_or_default();
        self.keep_account(key, account.forgiven(now), changes);
    }

    fn standing(&self, keys: Keys, now: Timestamp) -> Standing {
        let account = self.accounts.peek(&keys.account).copied().unwrap_or_default();
        let pair = self.pairs.peek(&keys.pair).copied().unwrap_or_default();
        let known = self.known.get(&keys.known, now);
        let known_client = known.is_some_and(|known| known.contains(keys.pair, now));
        Standing::at(now, account, pair, known_client)
    }

    fn keep(&mut self, keys: Keys, standing: &Standing, changes: &mut Changes) {
        let Standing { account, pair, .. } = *standing;
        self.keep_account(keys.account, account, changes);
        let record_expires_at = pair.record.failures.expires_at();
        let expiry = Expiry { of_record: record_expires_at, of_all: pair.expires_at() };
        put(&mut self.pairs, keys.pair, pair, &expiry, Record::Pair, changes);
    }

    fn keep_account(
        &mut self,
        key: GuardKey,
        account: Counted<AccountFailures>,
        changes: &mut Changes,
    ) {
        let expiry =
            Expiry { of_record: account.record.expires_at(), of_all: account.expires_at() };
        put(&mut self.accounts, key, account, &expiry, Record::Account, changes);
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

/// When the record may be dropped from the journal, and with its unsettled tries from memory.
struct Expiry {
    of_record: Timestamp,
    of_all: Timestamp,
}

/// Puts a counter on its shelf, or drops one that counts nothing; journals its record if that
/// changed.
fn put<R: Copy + Default + PartialEq>(
    shelf: &mut Shelf<Counted<R>>,
    key: GuardKey,
    counted: Counted<R>,
    expiry: &Expiry,
    kind: fn(R) -> Record,
    changes: &mut Changes,
) {
    let stored = shelf.peek(&key).map(|stored| stored.record).unwrap_or_default();
    if counted.record != stored {
        if counted.record == R::default() {
            changes.remove(key);
        } else {
            changes.save(key, kind(counted.record), expiry.of_record);
        }
    }
    if counted == Counted::default() {
        shelf.remove(&key);
    } else {
        changes.evicted(shelf.put(key, counted, expiry.of_all));
    }
}
