//! `POST /user/forgot-password`: mails a reset link to the owner of an address, if there is one.

use actix_web::web::Data;
use actors::domain::{EmailAddress, Language, LinkId};
use actors::notification_dispatch::{Notice, QueueNotice};
use actors::rate_limiter::{Purpose, Sending};
use actors::user_store::{FindUserByEmail, RecordResetLink, ResetLink, UpdateOutcome, User};
use tracing::warn;
use utoipa::ToSchema;

use super::reply::{Message, Reply};
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, Json, JsonObject, JsonRequest};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;

/// Whose password is forgotten.
#[derive(ToSchema)]
pub struct ForgotPasswordRequest {
    /// The account's address.
    #[schema(value_type = String, format = "email", example = "john@example.com")]
    email: EmailAddress,
}

impl JsonRequest for ForgotPasswordRequest {
    /// The seed's `password` is not among them: it is dropped before anything sees it (S-63).
    const FIELDS: &'static [&'static str] = &["email"];

    fn read(object: &mut JsonObject) -> Result<Self, Problem> {
        Ok(Self { email: object.parsed("email", EmailAddress::parse)? })
    }
}

/// Answers alike for every address; what there is to do is done after the answer (S-48).
#[utoipa::path(
    post, path = "/user/forgot-password", tag = "user", request_body = ForgotPasswordRequest,
    responses(
        (status = 200, description = "If the address has an account, a link is on its way", body = Message),
        (status = 400, description = "`invalid_field`, `malformed_json`"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`"),
    ),
)]
pub async fn forgot_password(
    app: Data<App>,
    caller: Caller,
    Json(form): Json<ForgotPasswordRequest>,
) -> Result<Reply<Message>, Problem> {
    let act = Act::from(Event::ForgotPassword).about(&form.email);
    limits::admit(&app, &caller, Purpose::ForgotPassword, &act).await?;
    // Taken before the look-up, so that a full house says nothing about the address.
    let place = app.reset_mail_place().ok_or(Problem::Overloaded)?;
    let owner = app.actors().users.ask(FindUserByEmail { email: form.email }).await?;
    flow::detach(app, caller, |app, caller| async move {
        let act = act.of(owner.as_ref().map(|owner| owner.id));
        match mail_within_budgets(&app, &caller, &act, owner).await {
            Ok(()) => act.note(Outcome::Success, &app, &caller).await,
            Err(problem) => {
                warn!(%problem, "a reset link was not mailed");
                // A spent budget is on record already.
                if !matches!(problem, Problem::TooManyAttempts { .. }) {
                    act.note(Outcome::Failure, &app, &caller).await;
                }
            }
        }
        drop(place);
    });
    Ok(Message::reply("Password reset link sent"))
}

/// The client pays for its request whether or not there is an account. A spent budget shows in
/// the log and nowhere else.
async fn mail_within_budgets(
    app: &App,
    caller: &Caller,
    act: &Act,
    owner: Option<User>,
) -> Result<(), Problem> {
    limits::charge(app, caller, Sending::ResetRequest, act).await?;
    let Some(owner) = owner else { return Ok(()) };
    let link = Sending::ResetLink(owner.email.clone());
    limits::charge(app, caller, link, act).await?;
    mail_link(app, owner, caller.language.clone()).await
}

async fn mail_link(app: &App, owner: User, language: Language) -> Result<(), Problem> {
    let now = app.now();
    let id = LinkId::from_bytes(app.random().bytes16());
    let token = app.tokens().issuer().reset(owner.id, id, owner.password_version, now)?;
    let link = ResetLink { id, expires_at: now.after(app.reset_ttl()) };
    let record = RecordResetLink { id: owner.id, link };
    if app.actors().users.ask(record).await? == UpdateOutcome::Stale {
        return Ok(()); // the account is gone
    }
    let notice = Notice::PasswordResetLink {
        to: owner.email,
        first_name: owner.first_name,
        link: app.reset_link(&token),
        valid_minutes: app.reset_ttl().as_secs().div_ceil(60),
    };
    Ok(app.actors().notices.ask(QueueNotice::new(notice, language)).await?)
}
