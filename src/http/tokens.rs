//! What a completed sign-in answers.

use actors::domain::{Timestamp, UserId};
use actors::revocation_registry::{OpenSession, Session};
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;
use crate::extract::Caller;
use crate::problem::Problem;
use crate::state::App;

/// The answer to a completed sign-up or sign-in.
#[derive(Serialize, ToSchema)]
pub struct LoggedIn {
    /// `Logged In`.
    message: &'static str,
    /// The session's tokens.
    token: TokenPair,
}

/// Two JWTs, in compact form.
#[derive(Serialize, ToSchema)]
pub struct TokenPair {
    /// Opens protected endpoints; lives for minutes.
    access: String,
    /// Renews the access token and signs out; lives for days.
    refresh: String,
}

impl LoggedIn {
    /// The tokens of a session that was just opened.
    pub(super) fn with(
        app: &App,
        session: &Session,
        now: Timestamp,
    ) -> Result<Reply<Self>, Problem> {
        let token = TokenPair {
            access: app.tokens().issuer().access(session, now)?,
            refresh: app.tokens().issuer().refresh(session)?,
        };
        Ok(Reply(Self { message: "Logged In", token }))
    }
}

/// Opens a session for an owner who has just proved who they are.
pub(super) async fn open_session(
    app: &App,
    user_id: UserId,
    caller: &Caller,
) -> Result<Session, Problem> {
    open(app, OpenSession { user_id, client: caller.client.clone(), is_first: false }).await
}

/// Opens the first session of an account that was just made.
pub(super) async fn open_first_session(
    app: &App,
    user_id: UserId,
    caller: &Caller,
) -> Result<Session, Problem> {
    open(app, OpenSession { user_id, client: caller.client.clone(), is_first: true }).await
}

async fn open(app: &App, session: OpenSession) -> Result<Session, Problem> {
    Ok(app.actors().sessions.ask(session).await?)
}
