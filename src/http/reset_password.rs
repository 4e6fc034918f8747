//! `POST /auth/reset-password`: a new password for whoever holds a reset link or has just
//! signed in.

use actix_web::web::Data;
use actors::attempt_guard::ForgetFailures;
use actors::domain::{EmailAddress, Owner, Password, UserId};
use actors::notification_dispatch::Notice;
use actors::password_hasher::HashPassword;
use actors::rate_limiter::Purpose;
use actors::revocation_registry::{ConfirmStanding, RevokeAccount, SessionRef, Standing};
use actors::user_store::{ChangePassword, FindUser, ResetAuthority, UpdateOutcome, User};
use secrecy::{ExposeSecret, SecretString};
use utoipa::ToSchema;

use super::reply::{Message, Reply};
use super::tell::tell;
use crate::events::{Act, Event, Factor, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest, ResetBearer};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// Whose password, and the new one.
#[derive(ToSchema)]
pub struct ResetPasswordRequest {
    /// Must be the address of the token's own account.
    #[schema(value_type = String, format = "email", example = "john@example.com")]
    email: SecretString,
    /// 8 to 128 characters.
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: SecretString,
}

impl JsonRequest for ResetPasswordRequest {
    const FIELDS: &'static [&'static str] = &["email", "password"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self { email: object.text("email")?, password: object.text("password")? })
    }
}

/// Changes the password, signs every session out and mails a notice. Signs nobody in (S-62).
#[utoipa::path(
    post, path = "/auth/reset-password", tag = "auth", request_body = ResetPasswordRequest,
    security(("reset_token" = []), ("access_token" = [])),
    responses(
        (status = 200, description = "The password is changed, every session signed out", body = Message),
        (status = 400, description = "`reset_refused`; `password_too_common`: the link works with another password; `invalid_field`, `malformed_json`"),
        (status = 401, description = "`unauthorized`: no bearer at all"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn reset_password(
    app: Data<App>,
    caller: Caller,
    bearer: ResetBearer,
    Json(form): Json<ResetPasswordRequest>,
) -> Result<Reply<Message>, Problem> {
    let act = act_of(&bearer);
    let Some(Wanted { grant, email, password }) = Wanted::of(&app, &bearer, &form) else {
        act.note(Outcome::Failure, &app, &caller).await;
        return Err(Problem::ResetRefused);
    };
    flow::drive(app, caller, |app, caller| async move {
        limits::admit(&app, &caller, Purpose::ResetPassword, &act).await?;
        let answer = steps(&app, &caller, &grant, &email, password).await;
        let outcome = if answer.is_ok() { Outcome::Success } else { Outcome::Failure };
        act.note(outcome, &app, &caller).await;
        answer.map(|()| Message::reply("Password reset successfully"))
    })
    .await
}

fn act_of(bearer: &ResetBearer) -> Act {
    let act = Act::from(Event::ResetPassword);
    match bearer {
        ResetBearer::Link { user_id, .. } => act.by(Factor::ResetLink).of(*user_id),
        ResetBearer::Session { session, .. } => act.by(Factor::RecentSignIn).of(session.user_id),
        ResetBearer::Invalid => act,
    }
}

/// What is asked for, as far as that can be told without the account.
struct Wanted {
    grant: Grant,
    email: EmailAddress,
    password: Password,
}

impl Wanted {
    fn of(app: &App, bearer: &ResetBearer, form: &ResetPasswordRequest) -> Option<Self> {
        Some(Self {
            grant: Grant::of(app, bearer)?,
            email: EmailAddress::parse(form.email.expose_secret()).ok()?,
            password: app.choose_password(&form.password).ok()?,
        })
    }
}

/// What a bearer entitles to.
struct Grant {
    user_id: UserId,
    authority: ResetAuthority,
    /// The password version that a link was made for; a sign-in is for whatever is current.
    version: Option<u32>,
    /// The session that a recent sign-in opened.
    session: Option<SessionRef>,
}

impl Grant {
    fn of(app: &App, bearer: &ResetBearer) -> Option<Self> {
        match bearer {
            ResetBearer::Link { user_id, link_id, password_version } => Some(Self {
                user_id: *user_id,
                authority: ResetAuthority::Link(*link_id),
                version: Some(*password_version),
                session: None,
            }),
            ResetBearer::Session { session, authenticated_at } => {
                let age = app.now().since(*authenticated_at);
                (age < app.recent_login()).then_some(Self {
                    user_id: session.user_id,
                    authority: ResetAuthority::RecentSignIn,
                    version: None,
                    session: Some(*session),
                })
            }
            ResetBearer::Invalid => None,
        }
    }

    /// Whether this grant still opens the account. Asked before the hash is computed; the write
    /// itself asks again.
    fn opens(&self, user: &User, email: &EmailAddress) -> bool {
        let link = match self.authority {
            ResetAuthority::Link(id) => user.reset_link.is_some_and(|link| link.id == id),
            ResetAuthority::RecentSignIn => true,
        };
        link && user.email == *email && self.version.is_none_or(|v| v == user.password_version)
    }
}

fn owner(user: &User) -> Owner<'_> {
    Owner {
        email: &user.email,
        first_name: &user.first_name,
        last_name: &user.last_name,
        phone: user.phone.as_ref().map(|phone| &phone.number),
    }
}

async fn steps(
    app: &App,
    caller: &Caller,
    grant: &Grant,
    email: &EmailAddress,
    password: Password,
) -> Result<(), Problem> {
    let actors = app.actors();
    let user = actors.users.ask(FindUser { id: grant.user_id }).await?;
    let user = user.filter(|user| grant.opens(user, email)).ok_or(Problem::ResetRefused)?;
    if let Some(session) = grant.session {
        // This node may not have heard yet what another one revoked; the store has.
        let standing = actors.sessions.ask(ConfirmStanding { session }).await?;
        if standing == Standing::Revoked {
            return Err(Problem::ResetRefused);
        }
    }
    // Only now: nobody else may learn what fits the owner's name.
    app.refuse_common(&password, &owner(&user))?;
    let new_hash = actors.hasher.ask(HashPassword { password }).await?;
    // Before the write: if we fail in between, sessions are lost rather than left open (S-93).
    actors.sessions.ask(RevokeAccount { user_id: user.id }).await?;
    let change = ChangePassword {
        id: user.id,
        password_version: user.password_version,
        authority: grant.authority,
        new_hash,
    };
    if actors.users.ask(change).await? == UpdateOutcome::Stale {
        return Err(Problem::ResetRefused);
    }
    // And after it: somebody may have signed in with the old password meanwhile.
    actors.sessions.ask(RevokeAccount { user_id: user.id }).await?;
    actors.guard.ask(ForgetFailures { email: user.email.clone(), user_id: user.id }).await?;
    let notice = Notice::PasswordChanged { to: user.email, first_name: user.first_name };
    tell(app, caller, notice).await;
    Ok(())
}
