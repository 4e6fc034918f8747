//! Where counters are kept. Each operation decides and counts in one step, so that parallel tries
//! cannot exceed a limit (S-53).

#[cfg(test)]
mod contract;
mod journaled;
mod mongodb;

#[cfg(test)]
pub(crate) use journaled::{Changes, Journal, Journaled, Kept, MemoryJournal};
pub(crate) use journaled::{EmbeddedGuard, EmbeddedJournal, EmbeddedKnown};
pub(crate) use mongodb::MongoGuard;

use std::net::IpAddr;
use std::time::Duration;

use super::budget::Budget;
use super::{GuessAdmission, SignInAdmission, SignInRecord, TryResult};
use crate::backend::Pending;
use crate::domain::{EmailAddress, Timestamp};

/// S-50: the owner hears of sign-ups with their address once an hour.
const NOTICE_EVERY: Duration = Duration::from_hours(1);

/// The counters. What is answered is durable, as far as the backend is.
pub(crate) trait GuardBackend: Send + Sync + 'static {
    /// Makes ready to decide. Until this has succeeded once, nothing is decided; after
    /// [`Corrupt`](crate::backend::BackendError::Corrupt) it never will be.
    fn load(&self) -> Pending<()>;

    /// Decides on a password try and counts it, unless refused.
    fn admit_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        now: Timestamp,
    ) -> Pending<SignInAdmission>;

    /// Replaces an admitted try by its result.
    fn settle_sign_in(
        &self,
        email: &EmailAddress,
        ip: IpAddr,
        result: TryResult,
        now: Timestamp,
    ) -> Pending<SignInRecord>;

    /// Voids the failures of an account, from every client address.
    fn forget_sign_ins(&self, email: &EmailAddress, now: Timestamp) -> Pending<()>;

    /// Whether a budget has neither a wrong guess on record nor one under way.
    fn is_unguessed(&self, budget: &Budget, now: Timestamp) -> Pending<bool>;

    /// Counts a wrong guess that was not admitted.
    fn count_wrong_guess(&self, budget: &Budget, now: Timestamp) -> Pending<()>;

    /// Decides on a guess and counts it, unless disabled.
    fn admit_guess(&self, budget: &Budget, now: Timestamp) -> Pending<GuessAdmission>;

    /// Replaces an admitted guess by its result.
    fn settle_guess(&self, budget: &Budget, result: TryResult, now: Timestamp) -> Pending<()>;

    /// Ends a row of wrong guesses, and what it disabled. The hour and the day stay as they are.
    fn forget_guesses(&self, budget: &Budget, now: Timestamp) -> Pending<()>;

    /// Whether a sign-up notice may be sent; if so, the next one may not for an hour.
    fn allow_notice(&self, email: &EmailAddress, now: Timestamp) -> Pending<bool>;

    /// Frees some of what has expired. Asked for about once a second.
    fn sweep(&self, now: Timestamp) -> Pending<()>;
}
