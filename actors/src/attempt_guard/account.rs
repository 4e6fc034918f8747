//! What is on record about the sign-ins of one account.

use serde::{Deserialize, Serialize};

use super::backoff::{DISABLED_AT, Failures};
use crate::domain::Timestamp;

/// The expiry of what only a message can end.
pub(super) const NEVER: Timestamp = Timestamp::from_millis(u64::MAX);

/// Failures in a row on one account, from wherever they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccountFailures {
    /// All of them.
    pub(super) failures: Failures,
    /// Those from addresses that were known when they happened: strangers cannot raise it.
    pub(super) from_known: u32,
    /// Raised by each `ForgetFailures`; failures that a client address made in an earlier epoch
    /// are void. The pairs of an account cannot be listed, so they are outdated instead.
    pub(super) epoch: u64,
}

/// Failures in a row on one account from one client address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PairFailures {
    /// All of them.
    pub(super) failures: Failures,
    /// The account's epoch when they happened.
    pub(super) epoch: u64,
}

impl AccountFailures {
    /// As they stand at `now`. What disabled the account is not forgotten.
    pub(super) fn as_of(self, now: Timestamp) -> Self {
        if self.expires_at() == NEVER {
            return self;
        }
        if now >= self.expires_at() {
            return Self::default();
        }
        Self { failures: self.failures.as_of(now), ..self }
    }

    /// With one more failure.
    #[must_use]
    pub(super) fn and_one(self, from_known: bool, now: Timestamp) -> Self {
        Self {
            failures: self.failures.and_one(now),
            from_known: self.from_known.saturating_add(u32::from(from_known)),
            epoch: self.epoch,
        }
    }

    /// Whether password sign-in is disabled for a client. At a known address only failures from
    /// known addresses count, so that strangers cannot lock the owner out (S-54).
    pub(super) fn is_disabled(self, known_client: bool) -> bool {
        let failures = if known_client { self.from_known } else { self.failures.in_a_row };
        failures >= DISABLED_AT
    }

    /// After a success. The epoch is kept until `last_at` is forgotten: no address can have
    /// failed later, so by then no failure of an earlier epoch is on record.
    #[must_use]
    pub(super) fn cleared(self) -> Self {
        if self.epoch == 0 {
            return Self::default();
        }
        let failures = Failures { in_a_row: 0, last_at: self.failures.last_at };
        Self { failures, from_known: 0, epoch: self.epoch }
    }

    /// After the owner proved control of the account's address.
    #[must_use]
    pub(super) fn forgiven(self, now: Timestamp) -> Self {
        let epoch = self.epoch.saturating_add(1).max(now.as_millis());
        Self { failures: Failures { in_a_row: 0, last_at: now }, from_known: 0, epoch }
    }

    /// When the record may be dropped.
    pub(super) fn expires_at(self) -> Timestamp {
        if self.is_disabled(false) { NEVER } else { self.failures.expires_at() }
    }
}

impl PairFailures {
    /// As they stand at `now`, in the account's `epoch`.
    pub(super) fn as_of(self, epoch: u64, now: Timestamp) -> Self {
        let failures =
            if self.epoch == epoch { self.failures.as_of(now) } else { Failures::default() };
        if failures.in_a_row == 0 { Self::default() } else { Self { failures, epoch } }
    }

    /// With one more failure, in the account's `epoch`.
    #[must_use]
    pub(super) fn and_one(self, epoch: u64, now: Timestamp) -> Self {
        Self { failures: self.failures.and_one(now), epoch }
    }
}
