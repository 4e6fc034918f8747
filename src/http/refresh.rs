//! `GET` and `POST /user/refresh`: a new access token for a refresh token.

use actix_web::web::Data;
use actors::notification_dispatch::Notice;
use actors::rate_limiter::Purpose;
use actors::revocation_registry::{RefreshOutcome, RefreshSession, Session};
use actors::user_store::FindUser;
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;
use super::tell::tell;
use crate::events::{Act, Event, Outcome};
use crate::extract::{Bearer, Caller};
use crate::flow;
use crate::limits;
use crate::problem::Problem;
use crate::state::App;
use crate::tokens::RefreshClaims;

/// The answer to a refresh.
#[derive(Serialize, ToSchema)]
pub struct Refreshed {
    /// The new token.
    token: RefreshedToken,
}

/// A new access token; with rotation also the refresh token that replaces the one used.
#[derive(Serialize, ToSchema)]
pub struct RefreshedToken {
    /// The new access token.
    access: String,
    /// Only with `tokens.refresh_rotation`: the refresh token to use from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
}

/// Renews the access token of a living session of a living account.
#[utoipa::path(
    get, path = "/user/refresh", tag = "user",
    security(("refresh_token" = [])),
    responses(
        (status = 200, description = "A new access token", body = Refreshed),
        (status = 401, description = "`unauthorized`: signed out, expired, idle or unknown"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn refresh(
    app: Data<App>,
    caller: Caller,
    bearer: Bearer<RefreshClaims>,
) -> Result<Reply<Refreshed>, Problem> {
    flow::drive(app, caller, |app, caller| async move { steps(&app, &caller, &bearer).await }).await
}

/// The same for clients that do not put side effects behind a GET.
#[utoipa::path(
    post, path = "/user/refresh", tag = "user",
    security(("refresh_token" = [])),
    responses(
        (status = 200, description = "A new access token", body = Refreshed),
        (status = 401, description = "`unauthorized`: signed out, expired, idle or unknown"),
        (status = 429, description = "`rate_limited`: too many requests lately"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn refresh_by_post(
    app: Data<App>,
    caller: Caller,
    bearer: Bearer<RefreshClaims>,
) -> Result<Reply<Refreshed>, Problem> {
    refresh(app, caller, bearer).await
}

async fn steps(
    app: &App,
    caller: &Caller,
    bearer: &Bearer<RefreshClaims>,
) -> Result<Reply<Refreshed>, Problem> {
    let session = bearer.session;
    let act = Act::from(Event::Refresh).of(session.user_id);
    limits::admit(app, caller, Purpose::Refresh, &act).await?;
    // The account must still live, whatever the token says (S-33).
    let owner = app.actors().users.ask(FindUser { id: session.user_id }).await?;
    let outcome = match &owner {
        Some(_) => {
            let refresh = RefreshSession { session, generation: bearer.generation };
            app.actors().sessions.ask(refresh).await?
        }
        None => RefreshOutcome::Dead,
    };
    match outcome {
        RefreshOutcome::Live(session) => {
            act.note(Outcome::Success, app, caller).await;
            tokens_of(app, &session)
        }
        RefreshOutcome::Dead => {
            act.note(Outcome::Failure, app, caller).await;
            Err(Problem::Unauthorized { token_presented: true })
        }
        RefreshOutcome::Reused => {
            act.note(Outcome::ReuseDetected, app, caller).await;
            if let Some(owner) = owner {
                let (to, first_name) = (owner.email, owner.first_name);
                tell(app, caller, Notice::RefreshReuse { to, first_name, at: app.now() }).await;
            }
            Err(Problem::Unauthorized { token_presented: true })
        }
    }
}

fn tokens_of(app: &App, session: &Session) -> Result<Reply<Refreshed>, Problem> {
    let access = app.tokens().issuer().access(session, app.now())?;
    let refresh = if app.rotates_refresh_tokens() {
        Some(app.tokens().issuer().refresh(session)?)
    } else {
        None
    };
    Ok(Reply(Refreshed { token: RefreshedToken { access, refresh } }))
}
