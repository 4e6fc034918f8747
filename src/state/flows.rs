//! The tasks of requests of several steps.

use tokio::runtime::Handle as Runtime;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Runs flows, and knows when all have ended.
#[derive(Clone)]
pub struct Flows {
    tracker: TaskTracker,
    runtime: Runtime,
}

impl Flows {
    /// Flows that run on the current runtime: the one of the actors.
    #[must_use]
    pub fn on_this_thread() -> Self {
        Self { tracker: TaskTracker::new(), runtime: Runtime::current() }
    }

    /// Resolves when every flow has ended. New ones may still be started, and are waited for.
    pub async fn finished(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Starts one.
    pub(crate) fn spawn<F>(&self, flow: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.tracker.spawn_on(flow, &self.runtime)
    }
}
