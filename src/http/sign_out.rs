//! `DELETE /user/signout`: ends the session of a refresh token, at once and everywhere.

use actix_web::web::Data;
use actors::revocation_registry::{RevokeOutcome, RevokeSession};

use super::reply::{Message, Reply};
use crate::events::{Act, Event, Outcome};
use crate::extract::{Caller, VerifiedBearer};
use crate::flow;
use crate::problem::Problem;
use crate::state::App;
use crate::tokens::RefreshClaims;

/// Revokes the session: its access and refresh tokens are refused from now on.
///
/// A sign-out that was answered 503 may be repeated: this node refuses the session already, but only
/// 200 or 401 says that every node does.
#[utoipa::path(
    delete, path = "/user/signout", tag = "user",
    security(("refresh_token" = [])),
    responses(
        (status = 200, description = "Signed out, durably", body = Message),
        (status = 401, description = "`unauthorized`: also when it was signed out before"),
        (status = 503, description = "`overloaded`, `unavailable`, `outcome_unknown`"),
    ),
)]
pub async fn sign_out(
    app: Data<App>,
    caller: Caller,
    bearer: VerifiedBearer<RefreshClaims>,
) -> Result<Reply<Message>, Problem> {
    let session = bearer.session;
    flow::drive(app, caller, move |app, caller| async move {
        let act = Act::from(Event::SignOut).of(session.user_id);
        match app.actors().sessions.ask(RevokeSession { session }).await? {
            RevokeOutcome::Revoked => {
                act.note(Outcome::Success, &app, &caller).await;
                Ok(Message::reply("Signed out successfully"))
            }
            RevokeOutcome::AlreadyDead => {
                act.note(Outcome::Failure, &app, &caller).await;
                Err(Problem::Unauthorized { token_presented: true })
            }
        }
    })
    .await
}
