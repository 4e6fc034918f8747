//! After a sign-in: a better hash of the same password, when nobody has to wait for it.

use actix_web::web::Data;
use actors::domain::Password;
use actors::password_hasher::{HashError, RehashPassword};
use actors::user_store::{ReplacePasswordHash, UpdateOutcome, User};
use tracing::warn;

use crate::events::{Act, Event, Outcome};
use crate::extract::Caller;
use crate::flow;
use crate::problem::Problem;
use crate::state::App;

/// Replaces the hash that `password` was just verified with by one of today's cost, pepper and
/// format (S-07). Not while the hashing lanes have other work: the next sign-in comes.
pub(super) fn renew_hash(app: Data<App>, caller: Caller, user: User, password: Password) {
    flow::detach(app, caller, |app, caller| async move {
        let id = user.id;
        match steps(&app, user, password).await {
            Ok(Some(UpdateOutcome::Done)) => {
                Act::from(Event::RenewHash).of(id).note(Outcome::Success, &app, &caller).await;
            }
            Ok(Some(UpdateOutcome::Stale) | None) => {}
            Err(problem) => warn!(%problem, user.id = %id, "a password hash was not renewed"),
        }
    });
}

/// `None` when the lanes are busy.
async fn steps(
    app: &App,
    user: User,
    password: Password,
) -> Result<Option<UpdateOutcome>, Problem> {
    let new = match app.actors().hasher.ask(RehashPassword { password }).await {
        Ok(new) => new,
        Err(HashError::Busy) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let replacement = ReplacePasswordHash { id: user.id, expected: user.password_hash, new };
    Ok(Some(app.actors().users.ask(replacement).await?))
}
