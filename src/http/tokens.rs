//! What a completed sign-in answers.

use actors::domain::Timestamp;
use actors::revocation_registry::Session;
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;
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
