//! All counters of this server, each kind on its own shelf.
//!
//! One kind cannot push another out: a flood of failures leaves guess budgets and known
//! addresses alone.

use super::Shelf;
use super::budgets::Budgets;
use super::record::{Changes, Kept, Record};
use super::sign_ins::SignIns;
use crate::attempt_guard::GuardRules;
use crate::attempt_guard::backend::NOTICE_EVERY;
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::domain::{EmailAddress, Timestamp};

/// How many keys each shelf holds.
pub(super) struct Capacity {
    pub(super) accounts: usize,
    pub(super) pairs: usize,
    pub(super) known: usize,
    pub(super) guesses: usize,
    pub(super) notices: usize,
}

impl Capacity {
    /// One million keys in all (S-57). A key takes 16 bytes, its expiry 8, its place in the index
    /// about 45, and its entry: account 56, pair 48, known 24 + 8 × 24, guesses 56 + 32 × 8,
    /// notice 0. With the spare room of the hash tables that makes 56, 52, 64, 42 and 8 MB when
    /// full: 222 MB, of which a flood of sign-ins can fill the first two.
    pub(super) const ONE_MILLION: Self = Self {
        accounts: 300_000,
        pairs: 300_000,
        known: 200_000,
        guesses: 100_000,
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
            budgets: Budgets::new(capacity),
            notices: Shelf::new(capacity.notices),
        }
    }

    /// Takes over what an earlier run left in the store.
    pub(super) fn restore(&mut self, kept: Kept, changes: &mut Changes) {
        let Kept { key, record, expires_at } = kept;
        changes.evicted(match record {
            Record::Account(account) => {
                self.sign_ins.accounts.put(key, Counted::idle(account), expires_at)
            }
            Record::Pair(pair) => self.sign_ins.pairs.put(key, Counted::idle(pair), expires_at),
            Record::Known(known) => self.sign_ins.known.put(key, known, expires_at),
            Record::Guesses(guesses) => {
                self.budgets.guesses.put(key, Counted::idle(guesses), expires_at)
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

    /// Frees expired entries, at most `limit` on each shelf.
    pub(super) fn purge(&mut self, now: Timestamp, limit: usize, changes: &mut Changes) {
        let expired = [
            self.sign_ins.accounts.purge(now, limit),
            self.sign_ins.pairs.purge(now, limit),
            self.sign_ins.known.purge(now, limit),
            self.budgets.guesses.purge(now, limit),
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
            + self.budgets.guesses.len()
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
        let Capacity { accounts, pairs, known, guesses, notices } = Capacity::ONE_MILLION;
        assert_eq!(accounts + pairs + known + guesses + notices, 1_000_000);
        assert_eq!(size_of::<Counted<AccountFailures>>(), 56);
        assert_eq!(size_of::<Counted<PairFailures>>(), 48);
        assert_eq!(size_of::<Counted<Guesses>>(), 56);
        assert_eq!(size_of::<(GuardKey, Timestamp)>(), 24);
    }
}
