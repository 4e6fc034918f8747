//! What waits to be written. Bounded: what finds no room is dropped and counted (S-82).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::AuditEvent;

/// A queue that never makes anybody wait.
pub(super) struct Queue {
    capacity: usize,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    events: VecDeque<AuditEvent>,
    /// Since they were last told.
    dropped: u64,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It waits.
    Queued,
    /// There was no room: the first one for which there was none.
    DroppedFirst,
    /// There still was no room.
    Dropped,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), filled: Notify::new() }
    }

    pub(super) fn push(&self, event: AuditEvent) -> Pushed {
        let mut state = self.state();
        if state.events.len() >= self.capacity {
            state.dropped += 1;
            return if state.dropped == 1 { Pushed::DroppedFirst } else { Pushed::Dropped };
        }
        state.events.push_back(event);
        drop(state);
        self.filled.notify_one();
        Pushed::Queued
    }

    /// The oldest `count`. They stay, and count, until they are [removed](Self::remove).
    pub(super) fn first(&self, count: usize) -> Vec<AuditEvent> {
        self.state().events.iter().take(count).cloned().collect()
    }

    /// Removes the oldest `count`.
    pub(super) fn remove(&self, count: usize) {
        let mut state = self.state();
        let count = count.min(state.events.len());
        state.events.drain(..count);
    }

    pub(super) fn len(&self) -> usize {
        self.state().events.len()
    }

    /// How many were dropped since this was asked last.
    pub(super) fn take_dropped(&self) -> u64 {
        std::mem::take(&mut self.state().dropped)
    }

    /// Resolves when something waits.
    pub(super) async fn filled(&self) {
        while self.len() == 0 {
            self.filled.notified().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
