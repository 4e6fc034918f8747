//! `POST /user/signup`: asks for an account. None is made before its address is proved.

use actix_web::web::Data;
use actors::attempt_guard::AllowSignUpNotice;
use actors::domain::{EmailAddress, Owner, Password, PersonName};
use actors::notification_dispatch::Notice;
use actors::otp_manager::{IssueOtp, PendingSignUp, Subject};
use actors::password_hasher::HashPassword;
use actors::rate_limiter::{Purpose, Sending};
use actors::user_store::{FindUserByEmail, User};
use secrecy::SecretString;
use tracing::warn;
use utoipa::ToSchema;

use super::codes::{self, OtpSent};
use super::reply::Reply;
use super::tell::tell;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// The sign-up form.
#[derive(ToSchema)]
pub struct SignUpRequest {
    /// Given name.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "John")]
    first_name: PersonName,
    /// Family name.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "Doe")]
    last_name: PersonName,
    /// The address to prove.
    #[schema(value_type = String, format = "email", max_length = 254, example = "john@example.com")]
    email: EmailAddress,
    /// 8 to 128 characters.
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: SecretString,
}

impl JsonRequest for SignUpRequest {
    const FIELDS: &'static [&'static str] = &["first_name", "last_name", "email", "password"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self {
            first_name: object.parsed("first_name", PersonName::parse)?,
            last_name: object.parsed("last_name", PersonName::parse)?,
            email: object.parsed("email", EmailAddress::parse)?,
            password: object.text("password")?,
        })
    }
}

impl SignUpRequest {
    fn owner(&self) -> Owner<'_> {
        Owner {
            email: &self.email,
            first_name: &self.first_name,
            last_name: &self.last_name,
            phone: None,
        }
    }
}

/// Sends a code to the address. Whoever presents it with the request id gets the account.
#[utoipa::path(
    post, path = "/user/signup", tag = "user", request_body = SignUpRequest,
    responses(
        (status = 200, description = "A code is on its way", body = OtpSent),
        (status = 400, description = "`password_too_short`, `password_too_common`, `invalid_field`, `malformed_json`"),
        (status = 409, description = "`email_taken`: a verified account has the address"),
        (status = 429, description = "`rate_limited`: too many requests, or codes to this address"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn sign_up(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<SignUpRequest>,
) -> Result<Reply<OtpSent>, Problem> {
    let password = app.choose_password(&form.password)?;
    app.refuse_common(&password, &form.owner())?;
    flow::drive(
        app,
        caller,
        |app, caller| async move { steps(&app, &caller, form, password).await },
    )
    .await
}

async fn steps(
    app: &Data<App>,
    caller: &Caller,
    form: SignUpRequest,
    password: Password,
) -> Result<Reply<OtpSent>, Problem> {
    let act = Act::from(Event::SignUp).about(&form.email);
    limits::admit(app, caller, Purpose::SignUp, &act).await?;
    let actors = app.actors();
    // Before the look-up: a taken address costs the same work as a free one (S-50).
    let password_hash = actors.hasher.ask(HashPassword { password }).await?;
    let existing = actors.users.ask(FindUserByEmail { email: form.email.clone() }).await?;
    let act = act.of(existing.as_ref().map(|owner| owner.id));
    if existing.is_some() && !app.hides_existing_accounts() {
        act.note(Outcome::Failure, app, caller).await;
        return Err(Problem::EmailTaken);
    }
    let place = codes::reserve(app).await?;
    // A hidden account costs what a fresh one would: what is left must not tell them apart.
    limits::charge(app, caller, Sending::EmailCode(form.email.clone()), &act).await?;
    let subject = Subject::SignUp(PendingSignUp {
        email: form.email,
        first_name: form.first_name,
        last_name: form.last_name,
        password_hash,
        decoy: existing.is_some(),
    });
    let otp = actors.otps.ask(IssueOtp { subject, source: caller.client.ip }).await?;
    let sent = codes::send(app, caller, otp, place).await?;
    act.note(Outcome::Success, app, caller).await;
    if let Some(owner) = existing {
        // After the answer: the writes that it takes would tell the caller of the owner (S-50).
        flow::detach(app.clone(), caller.clone(), |app, caller| async move {
            tell_owner(&app, &caller, &owner).await;
        });
    }
    Ok(sent.reply())
}

/// Lets the owner of an account know, at most once an hour, that somebody tried its address. That
/// it fails must not show: a fresh address has nobody to tell (S-50).
async fn tell_owner(app: &App, caller: &Caller, owner: &User) {
    let email = owner.email.clone();
    match app.actors().guard.ask(AllowSignUpNotice { email: email.clone() }).await {
        Ok(true) => {
            let first_name = owner.first_name.clone();
            tell(app, caller, Notice::AlreadyRegistered { to: email, first_name }).await;
        }
        Ok(false) => {}
        Err(error) => warn!(%error, "the owner could not be told"),
    }
}
