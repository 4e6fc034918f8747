//! `POST /user/send-sms` and `POST /user/verify-sms`: proving a phone number.

use actix_web::web::Data;
use actors::domain::{AppId, ChallengeId, OtpCode, PhoneNumber, UserId};
use actors::notification_dispatch::Notice;
use actors::otp_manager::{Destination, IssueOtp, PendingPhone, Purpose, Subject};
use actors::rate_limiter::{self, NotePhoneVerified, Sending};
use actors::user_store::{FindUser, RecordVerifiedPhone, UpdateOutcome};
use secrecy::ExposeSecret;
use tracing::warn;
use utoipa::ToSchema;

use super::codes::{self, OtpSent};
use super::redeem::{Presented, redeem};
use super::reply::{Message, Reply};
use super::schemas;
use super::tell::tell;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Bearer, Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;
use crate::tokens::AccessClaims;

/// The number to prove.
#[derive(ToSchema)]
pub struct SendSmsRequest {
    /// International form.
    #[schema(value_type = String, example = "+2348012345678")]
    phone_number: PhoneNumber,
    /// The client application, an integer or a string; verify-sms must name the same.
    #[schema(schema_with = schemas::app_id, required = false)]
    app_id: Option<AppId>,
}

impl JsonRequest for SendSmsRequest {
    const FIELDS: &'static [&'static str] = &["phone_number", "app_id"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self {
            phone_number: object.parsed("phone_number", PhoneNumber::parse)?,
            app_id: read_app_id(object)?,
        })
    }
}

fn read_app_id(object: &mut JsonObject) -> Result<Option<AppId>, Problem> {
    let Some(text) = object.text_or_integer("app_id", 1)? else { return Ok(None) };
    let app_id = AppId::parse(text.expose_secret());
    app_id.map(Some).map_err(|error| Problem::field("app_id", error.to_string()))
}

/// Sends a code to the number.
#[utoipa::path(
    post, path = "/user/send-sms", tag = "user", request_body = SendSmsRequest,
    security(("access_token" = [])),
    responses(
        (status = 200, description = "A code is on its way", body = OtpSent),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 401, description = "`unauthorized`"),
        (status = 429, description = "`rate_limited`: too many requests, or text messages there"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn send_sms(
    app: Data<App>,
    caller: Caller,
    bearer: Bearer<AccessClaims>,
    Json(form): Json<SendSmsRequest>,
) -> Result<Reply<OtpSent>, Problem> {
    if !app.sms().allows_number(&form.phone_number) {
        let reason = "must belong to a country that this service sends to";
        return Err(Problem::field("phone_number", reason));
    }
    if !app.sms().allows_app_id(form.app_id.as_ref()) {
        return Err(Problem::field("app_id", "is not an application known to this service"));
    }
    let user_id = bearer.session.user_id;
    flow::drive(app, caller, move |app, caller| async move {
        let purpose = rate_limiter::Purpose::SendCode;
        let to = Destination::Phone(form.phone_number.clone());
        let act = Act::from(Event::SendCode).about_code_to(&to).of(user_id);
        limits::admit(&app, &caller, purpose, &act).await?;
        let place = codes::reserve(&app).await?;
        let number = form.phone_number.clone();
        let sending = Sending::PhoneCode { number, account: user_id };
        limits::charge(&app, &caller, sending, &act).await?;
        let subject = Subject::Phone(PendingPhone {
            user_id,
            number: form.phone_number,
            app_id: form.app_id,
        });
        let source = caller.client.ip;
        let otp = app.actors().otps.ask(IssueOtp { subject, source }).await?;
        Ok(codes::send(&app, &caller, otp, place).await?.reply())
    })
    .await
}

/// The code from the text message, and the id that send-sms answered.
#[derive(ToSchema)]
pub struct VerifySmsRequest {
    /// Six digits.
    #[schema(schema_with = schemas::otp, required = true)]
    otp: Option<OtpCode>,
    /// As send-sms answered.
    #[schema(value_type = String)]
    otp_request_id: Option<ChallengeId>,
    /// As given to send-sms.
    #[schema(schema_with = schemas::app_id, required = false)]
    app_id: Option<AppId>,
}

impl JsonRequest for VerifySmsRequest {
    const FIELDS: &'static [&'static str] = &["otp", "otp_request_id", "app_id"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self {
            otp: codes::read_code(object)?,
            otp_request_id: codes::read_request_id(object)?,
            app_id: read_app_id(object)?,
        })
    }
}

/// Records the number as the account's own.
#[utoipa::path(
    post, path = "/user/verify-sms", tag = "user", request_body = VerifySmsRequest,
    responses(
        (status = 200, description = "The number is the account's own", body = Message),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 401, description = "`otp_invalid`: wrong, expired, used or unknown"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn verify_sms(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<VerifySmsRequest>,
) -> Result<Reply<Message>, Problem> {
    flow::drive(app, caller, |app, caller| async move { verify_steps(&app, &caller, form).await })
        .await
}

async fn verify_steps(
    app: &App,
    caller: &Caller,
    form: VerifySmsRequest,
) -> Result<Reply<Message>, Problem> {
    let mut act = Act::from(Event::VerifyPhone);
    limits::admit(app, caller, rate_limiter::Purpose::Verify, &act).await?;
    let presented =
        Presented { request_id: form.otp_request_id, code: form.otp, app_id: form.app_id };
    let proved = redeem(app, Purpose::Phone, presented, &mut act).await?;
    let Some(Subject::Phone(proved)) = proved else {
        act.note(Outcome::Failure, app, caller).await;
        return Err(Problem::VerificationFailed);
    };
    let record = RecordVerifiedPhone { id: proved.user_id, number: proved.number.clone() };
    match app.actors().users.ask(record).await? {
        UpdateOutcome::Done => {
            act.note(Outcome::Success, app, caller).await;
            note_verified(app, proved.number.clone()).await;
            tell_owner(app, caller, proved.user_id, proved.number).await;
            Ok(Message::reply("Phone number verified"))
        }
        UpdateOutcome::Stale => {
            act.note(Outcome::Failure, app, caller).await;
            Err(Problem::VerificationFailed)
        }
    }
}

/// A number that verifies its codes is not one that is paid for receiving them.
async fn note_verified(app: &App, number: PhoneNumber) {
    if let Err(error) = app.actors().limiter.ask(NotePhoneVerified { number }).await {
        warn!(%error, "a code that came back could not be counted");
    }
}

/// Mails the account's owner that it has a phone number now, whoever added it.
async fn tell_owner(app: &App, caller: &Caller, id: UserId, number: PhoneNumber) {
    match app.actors().users.ask(FindUser { id }).await {
        Ok(Some(owner)) => {
            let (to, first_name) = (owner.email, owner.first_name);
            tell(app, caller, Notice::PhoneVerified { to, first_name, number, at: app.now() })
                .await;
        }
        Ok(None) => {} // the account is gone
        Err(error) => warn!(%error, "the owner could not be found to be told"),
    }
}
