//! News for the owner of an account (S-107).

use actors::notification_dispatch::{Notice, QueueNotice};
use tracing::warn;

use crate::extract::Caller;
use crate::state::App;

/// Queues `notice`, in the caller's language. What it tells of has happened: a failure is logged
/// and changes nothing.
pub(super) async fn tell(app: &App, caller: &Caller, notice: Notice) {
    let queue = QueueNotice::new(notice, caller.language.clone());
    if let Err(error) = app.actors().notices.ask(queue).await {
        warn!(%error, "the owner could not be told");
    }
}
