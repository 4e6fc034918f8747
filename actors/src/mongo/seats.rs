//! One decision at a time on each document, within this machine: only other machines conflict.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::backend::BackendError;

/// Many more than decisions under way: hardly ever do two documents share a seat.
const SEATS: u16 = 1024;
/// Then the store must be slow, and it is better to refuse. Shorter than the actor's deadline.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A seat for each document, shared by few. What lies on it is whatever its last user left.
pub(crate) struct Seats<T>(Vec<Mutex<Option<T>>>);

impl<T> Seats<T> {
    pub(crate) fn new() -> Self {
        Self((0..SEATS).map(|_| Mutex::new(None)).collect())
    }

    /// Waits for the seat of a document.
    pub(crate) async fn take(
        &self,
        key: &[u8; 16],
    ) -> Result<MutexGuard<'_, Option<T>>, BackendError> {
        let [first, second, ..] = *key;
        let index = usize::from(u16::from_le_bytes([first, second]) % SEATS);
        let seat = self.0.get(index).ok_or(BackendError::Unavailable)?;
        timeout(LONGEST_WAIT, seat.lock()).await.map_err(|_| BackendError::Unavailable)
    }
}
