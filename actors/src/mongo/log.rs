//! One line per outage and ten seconds, not one per failed operation.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

const EVERY: Duration = Duration::from_secs(10);

/// Counts the failures between two lines.
#[derive(Default)]
pub(super) struct FailureLog(Mutex<State>);

#[derive(Default)]
struct State {
    last_line: Option<Instant>,
    unsaid: u64,
}

impl FailureLog {
    pub(super) fn failed(&self, operation: &'static str, cause: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.last_line.is_some_and(|last| now < last + EVERY) {
            state.unsaid += 1;
            return;
        }
        let unsaid = std::mem::take(&mut state.unsaid);
        state.last_line = Some(now);
        warn!(operation, cause, unsaid, "mongodb failed");
    }
}
