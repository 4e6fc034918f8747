//! The counters in this process's memory, and a journal that follows them: for one machine.

mod budgets;
mod counters;
mod embedded;
#[cfg(test)]
mod journal_contract;
#[cfg(test)]
mod memory;
mod movable;
#[cfg(test)]
mod properties;
mod record;
mod sign_ins;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::counters::{Capacity, Counters};
use super::GuardBackend;
use crate::attempt_guard::budget::Budget;
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::{GuardRules, GuessAdmission, SignInAdmission, SignInRecord, TryResult};
use crate::backend::{BackendError, Pending, ready};
use crate::domain::{EmailAddress, Timestamp};
use crate::embedded::Store;
use crate::shelf;

pub(crate) use self::embedded::EmbeddedJournal;
#[cfg(test)]
pub(crate) use self::memory::MemoryJournal;
pub(crate) use self::movable::EmbeddedKnown;
pub(crate) use self::record::{Changes, Kept};

/// Counters by their key.
type Shelf<E> = shelf::Shelf<GuardKey, E>;

/// Per shelf and sweep: keeps up with any failure rate the hasher allows, in a few milliseconds.
const SWEPT_AT_MOST: usize = 1_000;

/// A durable map from keys to records.
///
/// The order of calls of [`apply`](Self::apply) is the order of their effects: implementations
/// take their place in the queue when called, not when first polled.
pub(crate) trait Journal: Send + Sync + 'static {
    /// Everything that earlier calls of `apply` kept, expired or not.
    fn load(&self) -> Pending<Vec<Kept>>;

    /// Makes all changes durable, or none.
    fn apply(&self, changes: Changes) -> Pending<()>;
}

/// Counters whose every settled change reaches the journal before anybody is told of it.
///
/// Memory is the truth: a failure counts from the admission on, whether or not the journal
/// confirms it. There are at most a million records (`counters.rs`).
pub(crate) struct Journaled<J>(Arc<Inner<J>>);

/// Counters with a journal in the embedded store.
pub(crate) type EmbeddedGuard = Journaled<EmbeddedJournal>;

struct Inner<J> {
    rules: GuardRules,
    journal: J,
    /// Or why there are none.
    counters: Mutex<Result<Counters, BackendError>>,
}

impl EmbeddedGuard {
    /// Counters that are in `store`.
    pub(crate) fn open(rules: GuardRules, store: &Store) -> Self {
        Self::over(rules, EmbeddedJournal::open(store))
    }
}

impl<J: Journal> Journaled<J> {
    pub(crate) fn over(rules: GuardRules, journal: J) -> Self {
        let counters = Mutex::new(Err(BackendError::Unavailable));
        Self(Arc::new(Inner { rules, journal, counters }))
    }

    /// Decides in memory, then answers when the journal has the changes.
    fn decide<T: Send + 'static>(
        &self,
        rule: impl FnOnce(&mut Counters, &mut Changes) -> T,
    ) -> Pending<T> {
        let mut counters = self.0.counters();
        let counters = match &mut *counters {
            Ok(counters) => counters,
            Err(error) => return Box::pin(std::future::ready(Err(*error))),
        };
        let mut changes = Changes::default();
        let answer = rule(counters, &mut changes);
        if changes.is_empty() {
            return ready(answer);
        }
        // Still under the lock: the journal must see changes in the order they were decided.
        let durable = self.0.journal.apply(changes);
        Box::pin(async move { durable.await.map(|()| answer) })
    }

    /// How many records there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> Result<usize, BackendError> {
        self.0.counters().as_ref().map(Counters::len).map_err(|error| *error)
    }
}

impl<J> Inner<J> {
    fn counters(&self) -> MutexGuard<'_, Result<Counters, BackendError>> {
        // Whoever panicked is rebuilt, and loads the counters again.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the counters by what was loaded. Answers what did not fit in.
    fn take_over(&self, loaded: Result<Vec<Kept>, BackendError>) -> Result<Changes, BackendError> {
        let mut evicted = Changes::default();
        let restored = loaded.map(|all| {
            let mut counters = Counters::new(self.rules, &Capacity::ONE_MILLION);
            for kept in all {
                counters.restore(kept, &mut evicted);
            }
            counters
        });
        let outcome = restored.as_ref().map(drop).map_err(|error| *error);
        *self.counters() = restored;
        outcome.map(|()| evicted)
    }
}

impl<J: Journal> GuardBackend for Journaled<J> {
    fn load(&self) -> Pending<()> {
        let inner = Arc::clone(&self.0);
        let loading = inner.journal.load();
        Box::pin(async move {
            let evicted = inner.take_over(loading.await)?;
            if !evicted.is_empty() {
                // What it fails to remove is found again by the next load.
                let _ = inner.journal.apply(evicted).await;
            }
            Ok(())
        })
    }

    fn admit_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        now: Timestamp,
    ) -> Pending<SignInAdmission> {
        self.decide(|counters, changes| counters.sign_ins.admit(email, ip, now, changes))
    }

    fn settle_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        result: TryResult,
        now: Timestamp,
    ) -> Pending<SignInRecord> {
        self.decide(|counters, changes| counters.sign_ins.settle(email, ip, result, now, changes))
    }

    fn forget_sign_ins(&self, email: &EmailAddress, now: Timestamp) -> Pending<()> {
        self.decide(|counters, changes| counters.sign_ins.forget(email, now, changes))
    }

    fn is_unguessed(&self, budget: &Budget, now: Timestamp) -> Pending<bool> {
        self.decide(|counters, _| counters.budgets.at(budget, now).is_clear())
    }

    fn count_wrong_guess(&self, budget: &Budget, now: Timestamp) -> Pending<()> {
        self.decide(|counters, changes| {
            counters.budgets.change(budget, now, changes, |guesses| guesses.count_wrong(now));
        })
    }

    fn admit_guess(&self, budget: &Budget, now: Timestamp) -> Pending<GuessAdmission> {
        self.decide(|counters, changes| {
            counters.budgets.change(budget, now, changes, |guesses| guesses.admit(now))
        })
    }

    fn settle_guess(&self, budget: &Budget, result: TryResult, now: Timestamp) -> Pending<()> {
        self.decide(|counters, changes| {
            counters.budgets.change(budget, now, changes, |guesses| guesses.settle(result, now));
        })
    }

    fn forget_guesses(&self, budget: &Budget, now: Timestamp) -> Pending<()> {
        self.decide(|counters, changes| {
            counters.budgets.change(budget, now, changes, Counted::end_row);
        })
    }

    fn allow_notice(&self, email: &EmailAddress, now: Timestamp) -> Pending<bool> {
        self.decide(|counters, changes| counters.allow_notice(email, now, changes))
    }

    /// Removes from the journal what memory drops. What that fails to remove has expired anyway,
    /// and is found again by the next load.
    fn sweep(&self, now: Timestamp) -> Pending<()> {
        self.decide(|counters, changes| counters.purge(now, SWEPT_AT_MOST, changes))
    }
}
