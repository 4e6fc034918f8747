//! `POST /user/verify-email`: proves an address, which makes the account and signs it in.

use actix_web::web::Data;
use actors::domain::{ChallengeId, OtpCode};
use actors::otp_manager::{Purpose, Subject};
use actors::rate_limiter;
use actors::revocation_registry::OpenSession;
use actors::user_store::{CreateUser, CreateUserOutcome};
use utoipa::ToSchema;

use super::codes;
use super::redeem::{Presented, redeem};
use super::reply::Reply;
use super::schemas;
use super::tokens::LoggedIn;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// The code from the mail, and the id that sign-up answered.
#[derive(ToSchema)]
pub struct VerifyEmailRequest {
    /// Six digits.
    #[schema(schema_with = schemas::otp, required = true)]
    otp: Option<OtpCode>,
    /// As sign-up answered.
    #[schema(value_type = String)]
    otp_request_id: Option<ChallengeId>,
}

impl JsonRequest for VerifyEmailRequest {
    const FIELDS: &'static [&'static str] = &["otp", "otp_request_id"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self { otp: codes::read_code(object)?, otp_request_id: codes::read_request_id(object)? })
    }
}

/// Creates the account that the code proves and opens its first session.
#[utoipa::path(
    post, path = "/user/verify-email", tag = "user", request_body = VerifyEmailRequest,
    responses(
        (status = 200, description = "The account exists and is signed in", body = LoggedIn),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 401, description = "`otp_invalid`: wrong, expired, used or unknown"),
        (status = 409, description = "`email_taken`: another sign-up was verified first"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn verify_email(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<VerifyEmailRequest>,
) -> Result<Reply<LoggedIn>, Problem> {
    flow::drive(app, caller, |app, caller| async move { steps(&app, &caller, form).await }).await
}

async fn steps(
    app: &App,
    caller: &Caller,
    form: VerifyEmailRequest,
) -> Result<Reply<LoggedIn>, Problem> {
    let purpose = rate_limiter::Purpose::Verify;
    let mut act = Act::from(Event::VerifyEmail);
    limits::admit(app, caller, purpose, &act).await?;
    let presented = Presented { request_id: form.otp_request_id, code: form.otp, app_id: None };
    let proved = redeem(app, Purpose::SignUp, presented, &mut act).await?;
    let Some(Subject::SignUp(sign_up)) = proved else {
        act.note(Outcome::Failure, app, caller).await;
        return Err(Problem::SignUpFailed);
    };
    let create = CreateUser {
        email: sign_up.email,
        first_name: sign_up.first_name,
        last_name: sign_up.last_name,
        password_hash: sign_up.password_hash,
    };
    let user = match app.actors().users.ask(create).await? {
        CreateUserOutcome::Created(user) => user,
        CreateUserOutcome::EmailTaken => {
            act.note(Outcome::Failure, app, caller).await;
            return Err(Problem::EmailTaken);
        }
    };
    let client = caller.client.clone();
    let first = OpenSession { user_id: user.id, client, is_first: true };
    let session = app.actors().sessions.ask(first).await?;
    act.of(user.id).note(Outcome::Success, app, caller).await;
    LoggedIn::with(app, &session, app.now())
}
