//! `POST /user/signin`: a password for a session.

use actix_web::web::Data;
use actors::attempt_guard::{AdmitSignIn, SettleSignIn, SignInAdmission, SignInRecord, TryResult};
use actors::domain::{EmailAddress, Password, UserId};
use actors::notification_dispatch::Notice;
use actors::password_hasher::{CheckRoom, Verdict, VerifyPassword};
use actors::rate_limiter::Purpose;
use actors::revocation_registry::{OpenSession, RevokeSession, Session, SessionRef};
use actors::user_store::{FindUser, FindUserByEmail, User};
use tracing::error;
use utoipa::ToSchema;

use super::renew_hash::renew_hash;
use super::reply::Reply;
use super::tell::tell;
use super::tokens::LoggedIn;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// Failures in a row before a sign-in that its owner is told of (S-107).
const NOTEWORTHY_FAILURES: u32 = 5;

/// Who, and the proof.
#[derive(ToSchema)]
pub struct SignInRequest {
    /// The account's address.
    #[schema(value_type = String, format = "email", example = "john@example.com")]
    email: EmailAddress,
    /// The account's password.
    #[schema(value_type = String, format = "password", max_length = 128)]
    password: Password,
}

impl JsonRequest for SignInRequest {
    const FIELDS: &'static [&'static str] = &["email", "password"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        let email = object.parsed("email", EmailAddress::parse)?;
        let password = Password::present(&object.text("password")?);
        let password = password.map_err(|error| Problem::field("password", error.to_string()))?;
        Ok(Self { email, password })
    }
}

/// Opens a session for whoever knows the password.
#[utoipa::path(
    post, path = "/user/signin", tag = "user", request_body = SignInRequest,
    responses(
        (status = 200, description = "Signed in", body = LoggedIn),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 401, description = "`invalid_credentials`: unknown address or wrong password"),
        (status = 429, description = "`rate_limited`: too many tries or failures lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn sign_in(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<SignInRequest>,
) -> Result<Reply<LoggedIn>, Problem> {
    flow::drive(app, caller, |app, caller| steps(app, caller, form)).await
}

async fn steps(
    app: Data<App>,
    caller: Caller,
    form: SignInRequest,
) -> Result<Reply<LoggedIn>, Problem> {
    let SignInRequest { email, password } = form;
    let act = Act::from(Event::SignIn).about(&email);
    limits::admit(&app, &caller, Purpose::SignIn, &act).await?;
    // In a storm of sign-ins a refusal must be cheap, and counting writes.
    app.actors().hasher.ask(CheckRoom).await?;
    let ip = caller.client.ip;
    let guard = &app.actors().guard;
    let enabled = match guard.ask(AdmitSignIn { email: email.clone(), ip }).await? {
        SignInAdmission::Admitted => true,
        SignInAdmission::Disabled => false,
        SignInAdmission::Delayed { retry_after } => {
            act.note(Outcome::Limited, &app, &caller).await;
            return Err(Problem::TooManyAttempts { retry_after });
        }
    };
    let tried = try_password(&app, &email, password.clone(), enabled).await;
    let result = match &tried {
        Ok(Tried::Right { .. }) => TryResult::Right,
        Ok(Tried::Wrong { .. }) => TryResult::Wrong,
        Err(_) => TryResult::Abandoned,
    };
    let mut record = SignInRecord::default();
    if enabled {
        let settle = SettleSignIn { email: email.clone(), ip, result };
        record = guard.ask(settle).await?;
    }
    let (user, is_outdated) = match tried? {
        Tried::Right { user, is_outdated } => (user, is_outdated),
        Tried::Wrong { account } => {
            act.of(account).note(Outcome::Failure, &app, &caller).await;
            if record.was_disabling() {
                let lock = Act::from(Event::Lock).about(&email).of(account);
                lock.note(Outcome::Blocked, &app, &caller).await;
            }
            limits::note_failed_sign_in(&app, &caller, email, password).await;
            return Err(Problem::SignInRefused);
        }
    };
    let act = act.of(user.id);
    let client = caller.client.clone();
    let open = OpenSession { user_id: user.id, client, is_first: false };
    let session = app.actors().sessions.ask(open).await?;
    if !still_current(&app, &user, &session).await? {
        act.note(Outcome::Failure, &app, &caller).await;
        return Err(Problem::SignInRefused);
    }
    act.note(Outcome::Success, &app, &caller).await;
    let failures = record.failures_before;
    if failures >= NOTEWORTHY_FAILURES {
        let (to, first_name) = (user.email.clone(), user.first_name.clone());
        let at = app.now();
        tell(&app, &caller, Notice::SignInAfterFailures { to, first_name, failures, at }).await;
    }
    let answer = LoggedIn::with(&app, &session, app.now());
    if is_outdated {
        renew_hash(app, caller, user, password);
    }
    answer
}

/// What became of a password.
enum Tried {
    Right {
        user: User,
        /// Its hash is not what would be made today.
        is_outdated: bool,
    },
    Wrong {
        /// The account of the address, if there is one.
        account: Option<UserId>,
    },
}

/// Every path costs one hash (S-46, S-47).
async fn try_password(
    app: &App,
    email: &EmailAddress,
    password: Password,
    enabled: bool,
) -> Result<Tried, Problem> {
    let user = app.actors().users.ask(FindUserByEmail { email: email.clone() }).await?;
    let account = user.as_ref().map(|user| user.id);
    let user = user.filter(|_| enabled);
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let verdict = app.actors().hasher.ask(VerifyPassword { password, hash }).await?;
    Ok(match (verdict, user) {
        (Verdict::Match, Some(user)) => Tried::Right { user, is_outdated: false },
        (Verdict::MatchOutdated, Some(user)) => Tried::Right { user, is_outdated: true },
        (Verdict::Unusable, Some(user)) => {
            // To the caller no different from a wrong password (S-46): a reset mends both.
            error!(user.id = %user.id, "a stored password hash is unusable: only a reset opens its account");
            Tried::Wrong { account }
        }
        (Verdict::Mismatch, _) | (_, None) => Tried::Wrong { account },
    })
}

/// Closes a race with a password reset: one that ended between the look-up and the new session
/// has not seen this session, so the session must see it.
async fn still_current(app: &App, user: &User, session: &Session) -> Result<bool, Problem> {
    let now = app.actors().users.ask(FindUser { id: user.id }).await?;
    if now.is_some_and(|now| now.password_version == user.password_version) {
        return Ok(true);
    }
    let session = SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch };
    app.actors().sessions.ask(RevokeSession { session }).await?;
    Ok(false)
}
