//! One decision at a time on each document, within this machine: only other machines conflict.

use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use crate::backend::BackendError;

/// Many more than decisions under way: hardly ever do two documents share a seat.
const SEATS: u16 = 1024;

/// A seat for each document, shared by few. What lies on it is whatever its last user left.
pub(crate) struct Seats<T> {
    seats: Vec<Mutex<Option<T>>>,
    longest_wait: Duration,
}

impl<T> Seats<T> {
    /// After `longest_wait` for a seat the store must be slow, and it is better to refuse.
    pub(crate) fn new(longest_wait: Duration) -> Self {
        Self { seats: (0..SEATS).map(|_| Mutex::new(None)).collect(), longest_wait }
    }

    /// Waits for the seat of a document.
    pub(crate) async fn take(
        &self,
        key: &[u8; 16],
    ) -> Result<MutexGuard<'_, Option<T>>, BackendError> {
        let [first, second, ..] = *key;
        let index = usize::from(u16::from_le_bytes([first, second]) % SEATS);
        let seat = self.seats.get(index).ok_or(BackendError::Unavailable)?;
        timeout(self.longest_wait, seat.lock()).await.map_err(|_| BackendError::Unavailable)
    }
}
