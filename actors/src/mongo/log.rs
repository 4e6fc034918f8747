//! One line per cause and ten seconds, not one per failed operation.

use std::collections::HashMap;
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
    /// By cause, of which there are few: see `describe`.
    lines: HashMap<String, Instant>,
    unsaid: u64,
}

impl FailureLog {
    pub(super) fn failed(&self, operation: &'static str, cause: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        state.lines.retain(|_, last| now < *last + EVERY);
        if state.lines.contains_key(cause) {
            state.unsaid += 1;
            return;
        }
        let unsaid = std::mem::take(&mut state.unsaid);
        state.lines.insert(cause.to_owned(), now);
        warn!(operation, cause, unsaid, "mongodb failed");
    }
}
