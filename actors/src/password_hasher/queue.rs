//! A bounded queue with one entrance and several takers.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a taker finds.
pub(super) enum Taken<T> {
    /// The item that waited longest.
    Item(T),
    /// Nothing came in the given time.
    Nothing,
    /// Nothing will ever come again.
    Closed,
}

/// First in, first out. (`std::sync::mpsc` has one taker only.)
pub(super) struct Queue<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let state = State { waiting: VecDeque::with_capacity(capacity), closed: false };
        Self { capacity, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Appends `item`, or gives it back when the queue is full. Never blocks.
    pub(super) fn offer(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.waiting.len() >= self.capacity {
            return Err(item);
        }
        state.waiting.push_back(item);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for an item: for ever, or at most for `limit`.
    pub(super) fn take(&self, limit: Option<Duration>) -> Taken<T> {
        let empty = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        let guard = self.lock();
        let mut state = match limit {
            Some(limit) => {
                self.changed
                    .wait_timeout_while(guard, limit, empty)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => self.changed.wait_while(guard, empty).unwrap_or_else(PoisonError::into_inner),
        };
        match state.waiting.pop_front() {
            Some(item) => Taken::Item(item),
            None if state.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    /// Lets the takers go once they have taken what still waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_now(queue: &Queue<u32>) -> Option<u32> {
        match queue.take(Some(Duration::ZERO)) {
            Taken::Item(item) => Some(item),
            Taken::Nothing | Taken::Closed => None,
        }
    }

    #[test]
    fn items_leave_in_the_order_they_came_and_one_too_many_is_given_back() {
        let queue = Queue::new(2);
        assert_eq!((queue.offer(1), queue.offer(2), queue.offer(3)), (Ok(()), Ok(()), Err(3)));
        assert_eq!(
            (take_now(&queue), take_now(&queue), take_now(&queue)),
            (Some(1), Some(2), None)
        );
        assert_eq!(queue.offer(4), Ok(()));
    }

    #[test]
    fn a_closed_queue_is_emptied_before_it_ends() {
        let queue = Queue::new(2);
        assert_eq!(queue.offer(1), Ok(()));
        queue.close();
        assert_eq!(take_now(&queue), Some(1));
        assert!(matches!(queue.take(None), Taken::Closed));
    }
}
