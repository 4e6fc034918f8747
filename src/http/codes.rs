//! What the endpoints around one-time codes share: sending one, and spending one.

use actors::attempt_guard::{AdmitGuess, GuessAdmission, SettleGuess, TryResult};
use actors::domain::{AppId, ChallengeId, OtpCode, Timestamp};
use actors::notification_dispatch::{Notice, NoticePlace, QueueNotice, ReservePlace, ReturnPlace};
use actors::otp_manager::{
    FindOtp, IssuedOtp, PendingOtp, Purpose, Subject, VerifyOtp, VerifyOtpOutcome,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use super::reply::Reply;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, JsonObject};
use crate::problem::Problem;
use crate::state::App;

/// How many tries a request keeps when strangers have spent its destination's budget (S-17).
const FIRST_TRIES: u8 = 2;

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub struct OtpSent {
    /// To be presented together with the code.
    otp_request_id: String,
    /// `otp sent`.
    response: &'static str,
}

/// A place for the notice of a code to come: before it is issued, and whether or not it will be
/// sent, so that a full queue tells nothing of an address (S-50).
pub(super) async fn reserve(app: &App) -> Result<NoticePlace, Problem> {
    Ok(app.actors().notices.ask(ReservePlace).await?)
}

/// Queues the notice that carries `otp`, and answers with its request id.
pub(super) async fn send(
    app: &App,
    caller: &Caller,
    otp: IssuedOtp,
    place: NoticePlace,
) -> Result<OtpSent, Problem> {
    let answer = OtpSent { otp_request_id: otp.request_id.to_string(), response: "otp sent" };
    let act = act_of(&otp.subject);
    match notice_of(otp, app.now()) {
        Some(notice) => {
            let queue = QueueNotice::new(notice, caller.language.clone()).in_place(place);
            let queued = app.actors().notices.ask(queue).await;
            let outcome = if queued.is_ok() { Outcome::Success } else { Outcome::Failure };
            act.note(outcome, app, caller).await;
            queued?;
        }
        None => app.actors().notices.ask(ReturnPlace(place)).await?,
    }
    Ok(answer)
}

impl OtpSent {
    pub(super) fn reply(self) -> Reply<Self> {
        Reply(self)
    }
}

fn act_of(subject: &Subject) -> Act {
    Act::from(Event::SendCode).about_code_to(&subject.destination()).of(subject.account())
}

/// A decoy has no notice: its code must reach nobody.
fn notice_of(otp: IssuedOtp, now: Timestamp) -> Option<Notice> {
    let valid_minutes = otp.expires_at.since(now).as_secs().div_ceil(60);
    match otp.subject {
        Subject::SignUp(sign_up) if sign_up.decoy => None,
        Subject::SignUp(sign_up) => Some(Notice::SignUpCode {
            to: sign_up.email,
            first_name: sign_up.first_name,
            code: otp.code,
            valid_minutes,
        }),
        Subject::Phone(phone) => {
            Some(Notice::PhoneCode { to: phone.number, code: otp.code, valid_minutes })
        }
    }
}

/// A code presented by a client. What cannot be a code or an id at all is simply wrong.
pub(super) struct Presented {
    pub(super) request_id: Option<ChallengeId>,
    pub(super) code: Option<OtpCode>,
    pub(super) app_id: Option<AppId>,
}

/// The field `otp`: a string, or a number that has lost its zeros. `None` cannot be a code.
pub(super) fn read_code(object: &mut JsonObject) -> Result<Option<OtpCode>, Problem> {
    let text = object.text_or_integer("otp", OtpCode::DIGITS)?;
    let text = text.ok_or_else(|| Problem::field("otp", "is required"))?;
    Ok(OtpCode::parse(text.expose_secret()).ok())
}

/// The field `otp_request_id`. `None` is no id of ours.
pub(super) fn read_request_id(object: &mut JsonObject) -> Result<Option<ChallengeId>, Problem> {
    let text = object.text("otp_request_id")?;
    Ok(ChallengeId::parse(text.expose_secret()).ok())
}

/// Spends a code: what it proves, or `None` when it is wrong in any way (S-49).
///
/// The guess is counted against the budgets of its destination and account before it is made (S-17,
/// S-53); `act` learns of both.
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
    let admit = AdmitGuess { destination: destination.clone(), account };
    let admission = app.actors().guard.ask(admit).await?;
    let attempts_allowed = match admission {
        GuessAdmission::WithinBudget => u8::MAX,
        GuessAdmission::FirstTriesOnly => FIRST_TRIES,
        GuessAdmission::Disabled => return Ok(None),
    };
    let verify = VerifyOtp { request_id, purpose, code, app_id, attempts_allowed };
    let outcome = app.actors().otps.ask(verify).await;
    let result = match &outcome {
        Ok(VerifyOtpOutcome::Accepted(_)) => TryResult::Right,
        Ok(VerifyOtpOutcome::Refused) => TryResult::Wrong,
        Err(_) => TryResult::Abandoned,
    };
    let settled = app.actors().guard.ask(SettleGuess { destination, account, result }).await;
    match outcome? {
        // The code is spent: what it proved must not be lost over a counter.
        VerifyOtpOutcome::Accepted(subject) => {
            if let Err(error) = settled {
                warn!(%error, "a right code could not be settled");
            }
            Ok(Some(subject))
        }
        // A wrong guess is told only once it is counted for good.
        VerifyOtpOutcome::Refused => {
            settled?;
            Ok(None)
        }
    }
}
