//! All counters of this server, each kind on its own shelf.
//!
//! One kind cannot push another out: a flood of failures leaves guess budgets and known
//! addresses alone.

use std::time::Duration;

use super::GuardRules;
use super::backend::{Changes, Kept, Record};
use super::budget::Budgets;
use super::in_flight::InFlight;
use super::key::GuardKey;
use super::shelf::Shelf;
use super::sign_ins::SignIns;
use crate::domain::{EmailAddress, Timestamp};

/// S-50: the owner hears of sign-ups with their address once an hour.
const NOTICE_EVERY: Duration = Duration::from_hours(1);

/// How many keys each shelf holds.
pub(super) struct Capacity {
    pub(super) accounts: usize,
    pub(super) pairs: usize,
    pub(super) known: usize,
    pub(super) destinations: usize,
    pub(super) notices: usize,
}

impl Capacity {
    /// One million keys in all (S-57). A key takes 16 bytes, its expiry 8, its place in the index
    /// about 45, and its entry: account 48, pair 40, known 24 + 8 × 24, destination 48 + 32 × 8,
    /// notice 0. With the spare room of the hash tables that makes 52, 48, 64, 41 and 8 MB when
    /// full: 213 MB, of which a flood of sign-ins can fill the first two.
    pub(super) const ONE_MILLION: Self = Self {
        accounts: 300_000,
        pairs: 300_000,
        known: 200_000,
        destinations: 100_000,
        notices: 100_000,
    };
}

pub(super) struct Counters {
    pub(super) sign_ins: SignIns,
    pub(super) budgets: Budgets,
    notices: Shelf<()>,
}

impl Counters {
    pub(super) fn new(rules: GuardRules, capacity: &Capacity) -> Self {
        Self {
            sign_ins: SignIns::new(rules.limit_sign_in, capacity),
            budgets: Budgets::new(capacity.destinations),
            notices: Shelf::new(capacity.notices),
        }
    }

    /// Takes over what an earlier run left in the store.
    pub(super) fn restore(&mut self, kept: Kept, changes: &mut Changes) {
        let Kept { key, record, expires_at } = kept;
        let idle = InFlight::default();
        changes.evicted(match record {
            Record::Account(account) => {
                self.sign_ins.accounts.put(key, (account, idle), expires_at)
            }
            Record::Pair(pair) => self.sign_ins.pairs.put(key, (pair, idle), expires_at),
            Record::Known(known) => self.sign_ins.known.put(key, known, expires_at),
            Record::Guesses(guesses) => {
                self.budgets.destinations.put(key, (guesses, idle), expires_at)
            }
            Record::Notice => self.notices.put(key, (), expires_at),
        });
    }

    /// Whether a sign-up notice may be sent; if so, the next one may not for an hour.
    pub(super) fn allow_notice(
        &mut self,
        email: &EmailAddress,
        now: Timestamp,
        changes: &mut Changes,
    ) -> bool {
        let key = GuardKey::notice(email);
        if self.notices.get(&key, now).is_some() {
            return false;
        }
        let expires_at = now.after(NOTICE_EVERY);
        changes.save(key, Record::Notice, expires_at);
        changes.evicted(self.notices.put(key, (), expires_at));
        true
    }

    /// Voids everything that an owner's proof of control makes moot.
    pub(super) fn forget(&mut self, email: &EmailAddress, now: Timestamp, changes: &mut Changes) {
        self.sign_ins.forget(email, now, changes);
        self.budgets.forget(email, now, changes);
    }

    /// Frees expired entries, at most `limit` on each shelf.
    pub(super) fn purge(&mut self, now: Timestamp, limit: usize, changes: &mut Changes) {
        let expired = [
            self.sign_ins.accounts.purge(now, limit),
            self.sign_ins.pairs.purge(now, limit),
            self.sign_ins.known.purge(now, limit),
            self.budgets.destinations.purge(now, limit),
            self.notices.purge(now, limit),
        ];
        for key in expired.into_iter().flatten() {
            changes.remove(key);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sign_ins.accounts.len()
            + self.sign_ins.pairs.len()
            + self.sign_ins.known.len()
            + self.budgets.destinations.len()
            + self.notices.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt_guard::account::{AccountFailures, PairFailures};
    use crate::attempt_guard::budget::Guesses;

    #[test]
    fn there_are_at_most_a_million_keys_of_the_documented_size_s57() {
        let Capacity { accounts, pairs, known, destinations, notices } = Capacity::ONE_MILLION;
        assert_eq!(accounts + pairs + known + destinations + notices, 1_000_000);
        assert_eq!(size_of::<(AccountFailures, InFlight)>(), 48);
        assert_eq!(size_of::<(PairFailures, InFlight)>(), 40);
        assert_eq!(size_of::<(Guesses, InFlight)>(), 48);
        assert_eq!(size_of::<(GuardKey, Timestamp)>(), 24);
    }
}
