//! Whether the process is about to end, and when.

use std::future::pending;

use tokio::sync::watch;
use tokio::time::Instant;

/// The end of the process, once it is known.
pub(super) struct Shutdown(watch::Sender<Option<Instant>>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Shutdown {
    /// What is not delivered at `end` is not delivered by this process.
    pub(super) fn begin(&self, end: Instant) {
        self.0.send_replace(Some(end));
    }

    /// Resolves when shutdown has begun.
    pub(super) async fn begun(&self) -> Instant {
        loop {
            let end = self.0.subscribe().wait_for(Option::is_some).await.ok().and_then(|end| *end);
            match end {
                Some(end) => return end,
                // The sender is here: this never is.
                None => pending().await,
            }
        }
    }

    /// Resolves when it is known that the process ends before `moment`.
    pub(super) async fn ends_before(&self, moment: Instant) {
        if self.begun().await >= moment {
            pending::<()>().await;
        }
    }
}
