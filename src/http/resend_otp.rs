//! `POST /user/resend-otp`: a new code for a pending request.

use actix_web::web::Data;
use actors::domain::{ChallengeId, Timestamp};
use actors::otp_manager::{PreviewResend, ResendOtp, ResendOtpOutcome, ResendPreview};
use actors::rate_limiter::Purpose;
use utoipa::ToSchema;

use super::codes::{self, OtpSent};
use super::reply::Reply;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// The pending request.
#[derive(ToSchema)]
pub struct ResendOtpRequest {
    /// As sign-up or send-sms answered.
    #[schema(value_type = String)]
    otp_request_id: Option<ChallengeId>,
}

impl JsonRequest for ResendOtpRequest {
    const FIELDS: &'static [&'static str] = &["otp_request_id"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self { otp_request_id: codes::read_request_id(object)? })
    }
}

/// Replaces the code: the old one is dead, the tries made stay counted (S-18).
#[utoipa::path(
    post, path = "/user/resend-otp", tag = "user", request_body = ResendOtpRequest,
    responses(
        (status = 200, description = "A new code is on its way", body = OtpSent),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 401, description = "`otp_invalid`: no such request is pending"),
        (status = 429, description = "`resend_too_soon`, `rate_limited`"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn resend_otp(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<ResendOtpRequest>,
) -> Result<Reply<OtpSent>, Problem> {
    let request_id = form.otp_request_id.ok_or(Problem::VerificationFailed)?;
    flow::drive(app, caller, move |app, caller| async move {
        let mut act = Act::from(Event::SendCode);
        limits::admit(&app, &caller, Purpose::SendCode, &act).await?;
        // Looked at first: what is too soon, or not pending, is charged to nobody, and what may
        // not be sent replaces no code.
        let place = match app.actors().otps.ask(PreviewResend { request_id }).await? {
            ResendPreview::Ready { destination, account } => {
                act = act.about_code_to(&destination).of(account);
                let place = codes::reserve(&app).await?;
                let sending = limits::code_to(destination, account).ok_or(Problem::Internal)?;
                limits::charge(&app, &caller, sending, &act).await?;
                place
            }
            ResendPreview::TooSoon { retry_at } => {
                return Err(too_soon(&app, &caller, &act, retry_at).await);
            }
            ResendPreview::Unknown => return Err(unknown(&app, &caller, &act).await),
        };
        match app.actors().otps.ask(ResendOtp { request_id }).await? {
            ResendOtpOutcome::Reissued(otp) => {
                Ok(codes::send(&app, &caller, otp, place).await?.reply())
            }
            ResendOtpOutcome::TooSoon { retry_at } => {
                Err(too_soon(&app, &caller, &act, retry_at).await)
            }
            ResendOtpOutcome::Unknown => Err(unknown(&app, &caller, &act).await),
        }
    })
    .await
}

async fn too_soon(app: &App, caller: &Caller, act: &Act, retry_at: Timestamp) -> Problem {
    act.note(Outcome::Limited, app, caller).await;
    Problem::ResendTooSoon { retry_after: retry_at.since(app.now()) }
}

async fn unknown(app: &App, caller: &Caller, act: &Act) -> Problem {
    act.note(Outcome::Failure, app, caller).await;
    Problem::VerificationFailed
}
