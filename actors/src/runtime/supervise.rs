//! Restarts an actor that panicked; gives up loudly when it keeps panicking.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::handle::{Handle, Limits};

/// At most `max` restarts in any `window`; one more shuts the server down.
#[derive(Clone, Copy, Debug)]
pub struct RestartBudget {
    /// Restarts allowed.
    pub max: usize,
    /// The sliding window they are counted in.
    pub window: Duration,
}

impl Default for RestartBudget {
    /// Three a minute: enough for a rare poisonous message, too few for a crash loop to hide in.
    fn default() -> Self {
        Self { max: 3, window: Duration::from_mins(1) }
    }
}

/// What every supervised actor shares: its budget and whom to tell when it is exhausted.
#[derive(Clone, Debug)]
pub struct Supervision {
    /// How often an actor may be restarted.
    pub budget: RestartBudget,
    /// Cancelled when an actor cannot be kept running: the server then shuts down in order and
    /// exits with an error.
    pub fatal: CancellationToken,
}

/// Starts the actor that `make` builds, on the current arbiter, and keeps it running.
///
/// Each restart calls `make` again: a restarted actor never sees the state that made its
/// predecessor panic. (`actix::Supervisor` does not see panics at all.) When the budget is
/// exhausted, or `make` itself panics, [`Supervision::fatal`] is cancelled.
pub fn supervise<A, F>(name: &'static str, limits: Limits, with: Supervision, make: F) -> Handle<A>
where
    A: Actor<Context = Context<A>>,
    F: Fn() -> A + 'static,
{
    let (addr, mut running) = launch(make());
    let handle = Handle::new(name, limits, addr);
    let target = Arc::downgrade(handle.inner());
    actix::spawn(async move {
        let mut restarts = VecDeque::new();
        while let Err(crash) = (&mut running).await {
            let Ok(payload) = crash.try_into_panic() else { return };
            let panic = describe(payload.as_ref());
            let Some(target) = target.upgrade() else { return };
            let now = Instant::now();
            restarts.retain(|at| now.duration_since(*at) < with.budget.window);
            if restarts.len() >= with.budget.max {
                error!(actor = name, panic, "actor keeps crashing, shutting the server down");
                with.fatal.cancel();
                return;
            }
            restarts.push_back(now);
            let Ok(fresh) = catch_unwind(AssertUnwindSafe(&make)) else {
                error!(actor = name, panic, "actor cannot be rebuilt, shutting the server down");
                with.fatal.cancel();
                return;
            };
            let (addr, next) = launch(fresh);
            target.addr.store(Arc::new(addr));
            target.metrics.restarted();
            warn!(actor = name, panic, restarts = restarts.len(), "actor restarted after a panic");
            running = next;
        }
    });
    handle
}

fn launch<A: Actor<Context = Context<A>>>(actor: A) -> (Addr<A>, JoinHandle<()>) {
    let ctx = Context::new();
    let addr = ctx.address();
    (addr, actix::spawn(ctx.into_future(actor)))
}

/// The text of a panic, as `std` prints it.
fn describe(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)")
}
