//! What the attempt guard understands.

use std::net::IpAddr;
use std::time::Duration;

use actix::Message;

use super::backoff::DISABLED_AT;
use crate::backend::BackendError;
use crate::domain::{EmailAddress, UserId};
use crate::otp_manager::Destination;
use crate::runtime::AskError;

/// Why the guard refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Asks to try a password. Counted as a failure until settled, so that parallel tries cannot
/// exceed the limits (S-53). Known and unknown addresses are treated alike.
#[derive(Message)]
#[rtype(result = "Result<SignInAdmission, GuardError>")]
pub struct AdmitSignIn {
    /// The address tried.
    pub email: EmailAddress,
    /// Who tries.
    pub ip: IpAddr,
}

/// The answer to [`AdmitSignIn`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInAdmission {
    /// Try, then settle.
    Admitted,
    /// Too many failures lately. Nothing was counted.
    Delayed {
        /// The time to wait.
        retry_after: Duration,
    },
    /// 100 failures in a row: only a password reset opens the account again (S-52), or its owner
    /// signing in from an address they used before (S-54). The caller answers as for a wrong
    /// password, after the same work. Nothing was counted.
    Disabled,
}

/// Tells how an admitted try ended. A failure is durable before the answer.
///
/// Settle before answering the client, and on an error do not tell it how the try ended: a try
/// left unsettled for a minute counts no more.
#[derive(Message)]
#[rtype(result = "Result<SignInRecord, GuardError>")]
pub struct SettleSignIn {
    /// The address tried.
    pub email: EmailAddress,
    /// Who tried.
    pub ip: IpAddr,
    /// How it ended.
    pub result: TryResult,
}

/// How an admitted try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryResult {
    /// The secret was right: failures are forgotten, and the client's address becomes known.
    Right,
    /// The secret was wrong.
    Wrong,
    /// The try never took place (overload, outage): it is taken back.
    Abandoned,
}

/// The answer to [`SettleSignIn`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInRecord {
    /// Failures in a row on this account before this try was settled.
    pub failures_before: u32,
}

impl SignInRecord {
    /// Whether a failure that was settled as this record disabled the account (S-52). Of parallel
    /// failures one did.
    #[must_use]
    pub fn was_disabling(self) -> bool {
        self.failures_before.saturating_add(1) == DISABLED_AT
    }
}

/// Forgets the sign-in failures of an account whose owner proved control of its e-mail address,
/// from wherever they came, and unlocks what 100 failures or wrong guesses had locked (S-52,
/// S-54). Wrong guesses stay in the hourly and daily budgets.
#[derive(Message)]
#[rtype(result = "Result<(), GuardError>")]
pub struct ForgetFailures {
    /// The account's address.
    pub email: EmailAddress,
    /// The account.
    pub user_id: UserId,
}

/// Asks to try a one-time code. Counted as wrong until settled (S-17): against the budget of
/// where it went, and of the account that asked for it.
#[derive(Message)]
#[rtype(result = "Result<GuessAdmission, GuardError>")]
pub struct AdmitGuess {
    /// Where the code went.
    pub destination: Destination,
    /// The account that asked for it, where there is one already.
    pub account: Option<UserId>,
}

/// The answer to [`AdmitGuess`]: that of the stricter budget. In ascending order of strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuessAdmission {
    /// The budget has room: the code's own attempt limit applies.
    WithinBudget,
    /// The budget is spent. A request keeps its first 2 tries, so that strangers who spend the
    /// budget cannot lock the owner out.
    FirstTriesOnly,
    /// 100 wrong guesses in a row: no code works until [`ForgetFailures`] (of an e-mail address or
    /// an account; after 30 days at the latest) or for 24 hours (of a phone number, which nothing
    /// else can unlock). Nothing was counted.
    Disabled,
}

/// Tells how an admitted guess ended. A wrong one is durable before the answer.
#[derive(Message)]
#[rtype(result = "Result<(), GuardError>")]
pub struct SettleGuess {
    /// Where the code went.
    pub destination: Destination,
    /// The account that asked for it, as at the admission.
    pub account: Option<UserId>,
    /// How it ended.
    pub result: TryResult,
}

/// Asks whether nothing counts against a guess at a code: none was wrong lately, and none is under
/// way. A request's first try need not be admitted then, as it is within every budget; if it turns
/// out wrong it is told with [`CountWrongGuess`], and if right there is no row to end.
#[derive(Message)]
#[rtype(result = "Result<bool, GuardError>")]
pub struct IsUnguessed {
    /// Where the code went.
    pub destination: Destination,
    /// The account that asked for it, where there is one already.
    pub account: Option<UserId>,
}

/// Counts a wrong guess that was not admitted before (see [`IsUnguessed`]). It is durable before
/// the answer: only then may its client learn that it was wrong.
#[derive(Message)]
#[rtype(result = "Result<(), GuardError>")]
pub struct CountWrongGuess {
    /// Where the code went.
    pub destination: Destination,
    /// The account that asked for it, where there is one already.
    pub account: Option<UserId>,
}

/// Asks whether the owner of an address may be told again that somebody tried to sign up with
/// it: at most once an hour (S-50). Allowing counts as telling.
#[derive(Message)]
#[rtype(result = "Result<bool, GuardError>")]
pub struct AllowSignUpNotice {
    /// The account's address.
    pub email: EmailAddress,
}
