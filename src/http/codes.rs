//! What the endpoints around one-time codes share: sending one, and reading one.

use actix_web::web::Data;
use actors::domain::{ChallengeId, OtpCode, Timestamp};
use actors::notification_dispatch::{Notice, NoticePlace, QueueNotice, ReservePlace, ReturnPlace};
use actors::otp_manager::{IssuedOtp, Subject};
use secrecy::ExposeSecret;
use serde::Serialize;
use tracing::warn;
use utoipa::ToSchema;

use super::reply::Reply;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, JsonObject};
use crate::flow;
use crate::problem::Problem;
use crate::state::App;

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
    app: &Data<App>,
    caller: &Caller,
    otp: IssuedOtp,
    place: NoticePlace,
) -> Result<OtpSent, Problem> {
    let answer = OtpSent { otp_request_id: otp.request_id.to_string(), response: "otp sent" };
    let is_sign_up = matches!(otp.subject, Subject::SignUp(_));
    if is_sign_up && app.hides_existing_accounts() {
        // After the answer: a decoy has nothing to hand over, and time would tell (S-50). There is a
        // place for it; should it fail all the same, the client asks for another code.
        flow::detach(app.clone(), caller.clone(), |app, caller| async move {
            if let Err(error) = hand_over(&app, &caller, otp, place).await {
                warn!(%error, "a code could not be handed over");
            }
        });
    } else {
        hand_over(app, caller, otp, place).await?;
    }
    Ok(answer)
}

/// Gives the notice to delivery, or its place back.
async fn hand_over(
    app: &App,
    caller: &Caller,
    otp: IssuedOtp,
    place: NoticePlace,
) -> Result<(), Problem> {
    let act = act_of(&otp.subject);
    let Some(notice) = notice_of(otp, app.now()) else {
        return Ok(app.actors().notices.ask(ReturnPlace(place)).await?);
    };
    let queue = QueueNotice::new(notice, caller.language.clone()).in_place(place);
    let queued = app.actors().notices.ask(queue).await;
    let outcome = if queued.is_ok() { Outcome::Success } else { Outcome::Failure };
    act.note(outcome, app, caller).await;
    Ok(queued?)
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
