//! Spending a one-time code.

use actors::attempt_guard::{
    AdmitGuess, CountWrongGuess, GuessAdmission, IsUnguessed, SettleGuess, TryResult,
};
use actors::domain::{AppId, ChallengeId, OtpCode, UserId};
use actors::otp_manager::{
    Destination, FindOtp, OtpError, PendingOtp, Purpose, Subject, VerifyOtp, VerifyOtpOutcome,
};
use tracing::warn;

use crate::events::Act;
use crate::problem::Problem;
use crate::state::App;

/// How many tries a request keeps when strangers have spent its destination's budget (S-17).
const FIRST_TRIES: u8 = 2;

/// A code presented by a client. What cannot be a code or an id at all is simply wrong.
pub(super) struct Presented {
    pub(super) request_id: Option<ChallengeId>,
    pub(super) code: Option<OtpCode>,
    pub(super) app_id: Option<AppId>,
}

/// Spends a code: what it proves, or `None` when it is wrong in any way (S-49).
///
/// The guess counts against the budgets of its destination and account (S-17); `act` learns of
/// both.
pub(super) async fn redeem(
    app: &App,
    purpose: Purpose,
    presented: Presented,
    act: &mut Act,
) -> Result<Option<Subject>, Problem> {
    let Presented { request_id: Some(request_id), code: Some(code), app_id } = presented else {
        return Ok(None);
    };
    let Some(pending) = app.actors().otps.ask(FindOtp { request_id, purpose }).await? else {
        return Ok(None);
    };
    let PendingOtp { destination, account } = pending;
    *act = act.clone().about_code_to(&destination).of(account);
    let guess = Guess { app, request_id, purpose, code, app_id, destination, account };
    match guess.first_try().await? {
        VerifyOtpOutcome::Accepted(subject) => Ok(Some(subject)),
        VerifyOtpOutcome::Refused => Ok(None),
        VerifyOtpOutcome::OutOfTries => guess.counted_try().await,
    }
}

struct Guess<'a> {
    app: &'a App,
    request_id: ChallengeId,
    purpose: Purpose,
    code: OtpCode,
    app_id: Option<AppId>,
    destination: Destination,
    account: Option<UserId>,
}

impl Guess<'_> {
    /// Where nothing counts against it, a request's first try is within any budget: it is counted
    /// when it was wrong, before anybody is told so.
    async fn first_try(&self) -> Result<VerifyOtpOutcome, Problem> {
        let guard = &self.app.actors().guard;
        let (destination, account) = (self.destination.clone(), self.account);
        if !guard.ask(IsUnguessed { destination, account }).await? {
            return Ok(VerifyOtpOutcome::OutOfTries);
        }
        let outcome = self.verify(1).await?;
        if matches!(outcome, VerifyOtpOutcome::Refused) {
            let (destination, account) = (self.destination.clone(), self.account);
            guard.ask(CountWrongGuess { destination, account }).await?;
        }
        Ok(outcome)
    }

    /// Counts the guess before it is made, so that parallel ones cannot exceed a budget (S-53).
    async fn counted_try(self) -> Result<Option<Subject>, Problem> {
        let guard = &self.app.actors().guard;
        let admit = AdmitGuess { destination: self.destination.clone(), account: self.account };
        let attempts_allowed = match guard.ask(admit).await? {
            GuessAdmission::WithinBudget => u8::MAX,
            GuessAdmission::FirstTriesOnly => FIRST_TRIES,
            GuessAdmission::Disabled => return Ok(None),
        };
        let outcome = self.verify(attempts_allowed).await;
        let result = match &outcome {
            Ok(VerifyOtpOutcome::Accepted(_)) => TryResult::Right,
            Ok(VerifyOtpOutcome::OutOfTries | VerifyOtpOutcome::Refused) => TryResult::Wrong,
            Err(_) => TryResult::Abandoned,
        };
        let Self { destination, account, .. } = self;
        let settled = guard.ask(SettleGuess { destination, account, result }).await;
        match outcome? {
            // The code is spent: what it proved must not be lost over a counter.
            VerifyOtpOutcome::Accepted(subject) => {
                if let Err(error) = settled {
                    warn!(%error, "a right code could not be settled");
                }
                Ok(Some(subject))
            }
            // A wrong guess is told only once it is counted for good.
            VerifyOtpOutcome::OutOfTries | VerifyOtpOutcome::Refused => {
                settled?;
                Ok(None)
            }
        }
    }

    async fn verify(&self, attempts_allowed: u8) -> Result<VerifyOtpOutcome, OtpError> {
        let Self { request_id, purpose, .. } = *self;
        let (code, app_id) = (self.code.clone(), self.app_id.clone());
        let verify = VerifyOtp { request_id, purpose, code, app_id, attempts_allowed };
        self.app.actors().otps.ask(verify).await
    }
}
