//! The rules of password sign-in: who may try, and what a failure costs (S-52, S-53, S-54).

use std::time::Duration;

use super::account::{AccountFailures, PairFailures};
use super::backoff::FORGOTTEN_AFTER;
use super::counted::Counted;
use super::{SignInAdmission, SignInRecord, TryResult};
use crate::domain::Timestamp;

/// What is on record about one account and one client address at one moment.
pub(super) struct Standing {
    pub(super) account: Counted<AccountFailures>,
    pub(super) pair: Counted<PairFailures>,
    /// Whether the account has signed in from there lately.
    known_client: bool,
}

impl Standing {
    pub(super) fn at(
        now: Timestamp,
        account: Counted<AccountFailures>,
        pair: Counted<PairFailures>,
        known_client: bool,
    ) -> Self {
        let account = account.as_of(now);
        Self { account, pair: pair.as_of(account.record.epoch, now), known_client }
    }

    /// Decides on a try and counts it, unless refused. Not `limited`: nobody is delayed or
    /// disabled, and failures are counted all the same.
    pub(super) fn admit(&mut self, limited: bool, now: Timestamp) -> SignInAdmission {
        if let Some(refusal) = self.refusal(now).filter(|_| limited) {
            return refusal;
        }
        self.account.in_flight.admit(now);
        self.pair.in_flight.admit(now);
        SignInAdmission::Admitted
    }

    /// Replaces an admitted try by its result.
    pub(super) fn settle(&mut self, result: TryResult, now: Timestamp) -> SignInRecord {
        let Self { account, pair, known_client } = self;
        let failures_before = account.record.failures.in_a_row;
        account.in_flight.settle();
        pair.in_flight.settle();
        match result {
            TryResult::Right => {
                account.record = account.record.cleared();
                pair.record = PairFailures::default();
            }
            TryResult::Wrong => {
                pair.record = pair.record.and_one(account.record.epoch, now);
                account.record = account.record.and_one(*known_client, now);
            }
            TryResult::Abandoned => {}
        }
        SignInRecord { failures_before }
    }

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

impl Counted<AccountFailures> {
    pub(super) fn as_of(self, now: Timestamp) -> Self {
        Self { record: self.record.as_of(now), in_flight: self.in_flight.as_of(now) }
    }

    /// After the owner proved control of the account's address.
    #[must_use]
    pub(super) fn forgiven(self, now: Timestamp) -> Self {
        let Self { record, in_flight } = self.as_of(now);
        Self { record: record.forgiven(now), in_flight }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.record.expires_at().max(self.unsettled_until())
    }
}

impl Counted<PairFailures> {
    pub(super) fn as_of(self, epoch: u64, now: Timestamp) -> Self {
        Self { record: self.record.as_of(epoch, now), in_flight: self.in_flight.as_of(now) }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.record.failures.expires_at().max(self.unsettled_until())
    }
}

impl<R> Counted<R> {
    /// Unsettled tries stay as long as failures would: a flood must not wash them out first.
    fn unsettled_until(&self) -> Timestamp {
        self.in_flight.last_at().map(|at| at.after(FORGOTTEN_AFTER)).unwrap_or_default()
    }
}

/// `Retry-After` has whole seconds; a client that waits them must not be early.
fn whole_seconds_above(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}
