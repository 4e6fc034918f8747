//! The counters in MongoDB: for any number of machines.
//!
//! Everything that one decision reads and writes is one document (`decisions.rs`).

mod decisions;
mod document;
mod guesses;
mod movable;
mod notice;
mod sign_in;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::try_join3;

use self::decisions::{Decisions, Verdict};
use self::guesses::GuessState;
use self::movable::MongoCounters;
use self::notice::Notice;
use self::sign_in::SignInState;
use super::{GuardBackend, NOTICE_EVERY};
use crate::attempt_guard::budget::Budget;
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::{GuardRules, GuessAdmission, SignInAdmission, SignInRecord, TryResult};
use crate::backend::{Pending, ready};
use crate::domain::{EmailAddress, Timestamp};
use crate::mongo::{CollectionSpec, Mongo};
use crate::runtime::Random;

/// A sweep looks at the sizes of the collections once in so many seconds.
const SWEEPS_PER_LOOK: u32 = 60;
/// Documents of each kind, as many as one machine keeps in memory (S-57).
const SIGN_INS_AT_MOST: u64 = 600_000;
const GUESSES_AT_MOST: u64 = 200_000;
const NOTICES_AT_MOST: u64 = 200_000;

/// The counters of all machines that share a database.
pub(crate) struct MongoGuard {
    limited: bool,
    sign_ins: Decisions<SignInState>,
    guesses: Decisions<GuessState>,
    notices: Decisions<Notice>,
    sweeps: AtomicU32,
}

impl MongoGuard {
    /// Over a database that is looked after with [`MongoGuard::collections`].
    pub(crate) fn new(mongo: &Mongo, rules: GuardRules, random: &Arc<dyn Random>) -> Self {
        Self {
            limited: rules.limit_sign_in,
            sign_ins: Decisions::new(mongo, random),
            guesses: Decisions::new(mongo, random),
            notices: Decisions::new(mongo, random),
            sweeps: AtomicU32::new(0),
        }
    }

    /// What must be there.
    pub(crate) fn collections() -> [CollectionSpec; 3] {
        [
            document::spec::<SignInState>(),
            document::spec::<GuessState>(),
            document::spec::<Notice>(),
        ]
    }

    /// The counters, to be moved.
    pub(crate) fn movable(mongo: &Mongo) -> MongoCounters {
        MongoCounters { mongo: mongo.clone() }
    }

    fn change_sign_ins<T: Send + 'static>(
        &self,
        email: &EmailAddress,
        rule: impl Fn(&mut SignInState) -> T + Send + 'static,
    ) -> Pending<T> {
        self.sign_ins.decide(GuardKey::account(email), move |mut state| {
            let answer = rule(&mut state);
            let expires_at = state.expires_at();
            Verdict { state, expires_at, answer }
        })
    }

    fn change_guesses<T: Send + 'static>(
        &self,
        budget: &Budget,
        now: Timestamp,
        rule: impl Fn(&mut GuessState) -> T + Send + 'static,
    ) -> Pending<T> {
        let remembered = budget.remembered();
        self.guesses.decide(GuardKey::guesses(budget), move |state| {
            let mut state = state.at(remembered, now);
            let answer = rule(&mut state);
            let expires_at = state.expires_at(remembered);
            Verdict { state, expires_at, answer }
        })
    }
}

impl GuardBackend for MongoGuard {
    /// Every decision reads what it needs.
    fn load(&self) -> Pending<()> {
        ready(())
    }

    fn admit_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        now: Timestamp,
    ) -> Pending<SignInAdmission> {
        let (pair, limited) = (GuardKey::pair(email, ip), self.limited);
        self.change_sign_ins(email, move |state| state.admit(pair, limited, now))
    }

    fn settle_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        result: TryResult,
        now: Timestamp,
    ) -> Pending<SignInRecord> {
        let pair = GuardKey::pair(email, ip);
        self.change_sign_ins(email, move |state| state.settle(pair, result, now))
    }

    fn forget_sign_ins(&self, email: &EmailAddress, now: Timestamp) -> Pending<()> {
        self.change_sign_ins(email, move |state| state.forget(now))
    }

    fn is_unguessed(&self, budget: &Budget, now: Timestamp) -> Pending<bool> {
        let remembered = budget.remembered();
        let looking = self.guesses.look(GuardKey::guesses(budget));
        Box::pin(async move { Ok(looking.await?.at(remembered, now).is_clear()) })
    }

    fn count_wrong_guess(&self, budget: &Budget, now: Timestamp) -> Pending<()> {
        self.change_guesses(budget, now, move |guesses| guesses.count_wrong(now))
    }

    fn admit_guess(&self, budget: &Budget, now: Timestamp) -> Pending<GuessAdmission> {
        self.change_guesses(budget, now, move |guesses| guesses.admit(now))
    }

    fn settle_guess(&self, budget: &Budget, result: TryResult, now: Timestamp) -> Pending<()> {
        self.change_guesses(budget, now, move |guesses| guesses.settle(result, now))
    }

    fn forget_guesses(&self, budget: &Budget, now: Timestamp) -> Pending<()> {
        self.change_guesses(budget, now, Counted::end_row)
    }

    fn allow_notice(&self, email: &EmailAddress, now: Timestamp) -> Pending<bool> {
        self.notices.decide(GuardKey::notice(email), move |notice| {
            let (state, answer) = notice.allow(now);
            Verdict { expires_at: state.told_at().after(NOTICE_EVERY), state, answer }
        })
    }

    /// What has expired is removed by the store itself. This keeps a flood of keys within bounds.
    fn sweep(&self, _: Timestamp) -> Pending<()> {
        if !self.sweeps.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEPS_PER_LOOK) {
            return ready(());
        }
        let trimming = try_join3(
            self.sign_ins.trim(SIGN_INS_AT_MOST),
            self.guesses.trim(GUESSES_AT_MOST),
            self.notices.trim(NOTICES_AT_MOST),
        );
        Box::pin(async move { trimming.await.map(drop) })
    }
}
