//! Requests of several steps, driven to their end.
//!
//! actix-web drops a handler's future when its client resets the connection. A flow therefore
//! runs as a task of its own, on the thread of the actors it asks: the client may leave, the
//! steps are finished all the same (S-94), and shutdown waits for them.

use std::future::Future;
use std::time::Duration;

use actix_web::web::Data;
use actors::runtime::{SPANS, for_request};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{Instrument, info_span};

use crate::extract::Caller;
use crate::problem::Problem;
use crate::state::App;

/// Each step has its actor's deadline; this bounds their sum, below the 10 s of S-87.
pub const LIMIT: Duration = Duration::from_secs(9);

/// Runs the steps of `caller`'s request to their end and returns their answer.
///
/// Every line they log carries the request's id. A panic in them is the server's fault, and
/// costs this request only. A client waits 9 s at most; the steps go on.
pub async fn drive<T, F>(
    app: Data<App>,
    caller: Caller,
    steps: impl FnOnce(Data<App>, Caller) -> F,
) -> Result<T, Problem>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Problem>> + Send + 'static,
{
    match timeout(LIMIT, start(app, caller, steps)).await {
        Ok(ended) => ended.unwrap_or(Err(Problem::Internal)),
        Err(_) => Err(Problem::OutcomeUnknown),
    }
}

/// Runs the steps of `caller`'s request to their end, without waiting for them.
pub fn detach<F>(app: Data<App>, caller: Caller, steps: impl FnOnce(Data<App>, Caller) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    drop(start(app, caller, steps));
}

fn start<F>(
    app: Data<App>,
    caller: Caller,
    steps: impl FnOnce(Data<App>, Caller) -> F,
) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let span = info_span!("request", request_id = caller.request_id.as_str());
    let flows = app.flows().clone();
    let id = caller.request_id.as_str().to_owned();
    let traced = info_span!(target: SPANS, "flow");
    flows.spawn(for_request(&id, steps(app, caller)).instrument(span).instrument(traced))
}
