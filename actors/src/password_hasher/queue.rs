//! A bounded queue with several takers, and beside it a short one for what can wait.

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

/// Who waits for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody does.
    Awaited,
    /// Nobody: it is taken when no awaited item is there.
    Background,
}

/// First in, first out, awaited items before all others. (`std::sync::mpsc` has one taker only.)
pub(super) struct Queue<T> {
    capacity: Capacity,
    state: Mutex<State<T>>,
    changed: Condvar,
}

/// Places of each kind.
#[derive(Clone, Copy)]
pub(super) struct Capacity {
    pub(super) awaited: usize,
    pub(super) background: usize,
}

/// How much waits, of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) awaited: usize,
    pub(super) background: usize,
}

struct State<T> {
    awaited: VecDeque<T>,
    background: VecDeque<T>,
    closed: bool,
}

impl<T> State<T> {
    fn next(&mut self) -> Option<T> {
        self.awaited.pop_front().or_else(|| self.background.pop_front())
    }

    fn is_empty(&self) -> bool {
        self.awaited.is_empty() && self.background.is_empty()
    }
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: Capacity) -> Self {
        let state = State {
            awaited: VecDeque::with_capacity(capacity.awaited),
            background: VecDeque::with_capacity(capacity.background),
            closed: false,
        };
        Self { capacity, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Appends `item`, or gives it back when there is no place. Never blocks.
    pub(super) fn offer(&self, item: T, urgency: Urgency) -> Result<(), T> {
        let mut guard = self.lock();
        let state = &mut *guard;
        let (items, capacity) = match urgency {
            Urgency::Awaited => (&mut state.awaited, self.capacity.awaited),
            Urgency::Background => (&mut state.background, self.capacity.background),
        };
        if items.len() >= capacity {
            return Err(item);
        }
        items.push_back(item);
        drop(guard);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for an item: for ever, or at most for `limit`.
    pub(super) fn take(&self, limit: Option<Duration>) -> Taken<T> {
        let empty = |state: &mut State<T>| state.is_empty() && !state.closed;
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
        match state.next() {
            Some(item) => Taken::Item(item),
            None if state.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    /// What waits now, and how much of it may.
    pub(super) fn waiting(&self) -> (Waiting, Capacity) {
        let state = self.lock();
        let waiting = Waiting { awaited: state.awaited.len(), background: state.background.len() };
        (waiting, self.capacity)
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

    fn queue(awaited: usize, background: usize) -> Queue<u32> {
        Queue::new(Capacity { awaited, background })
    }

    #[test]
    fn items_leave_in_the_order_they_came_and_one_too_many_is_given_back() {
        let queue = queue(2, 0);
        let offer = |item| queue.offer(item, Urgency::Awaited);
        assert_eq!((offer(1), offer(2), offer(3)), (Ok(()), Ok(()), Err(3)));
        let taken = (take_now(&queue), take_now(&queue), take_now(&queue));
        assert_eq!(taken, (Some(1), Some(2), None));
        assert_eq!(offer(4), Ok(()));
    }

    #[test]
    fn what_nobody_waits_for_is_taken_last_and_takes_no_place_of_the_others() {
        let queue = queue(2, 1);
        assert_eq!(queue.offer(1, Urgency::Background), Ok(()));
        assert_eq!(queue.offer(2, Urgency::Background), Err(2));
        assert_eq!(queue.offer(3, Urgency::Awaited), Ok(()));
        assert_eq!(queue.waiting().0, Waiting { awaited: 1, background: 1 });
        assert_eq!(queue.offer(4, Urgency::Awaited), Ok(()));
        let taken = (take_now(&queue), take_now(&queue), take_now(&queue), take_now(&queue));
        assert_eq!(taken, (Some(3), Some(4), Some(1), None));
    }

    #[test]
    fn a_closed_queue_is_emptied_before_it_ends() {
        let queue = queue(2, 2);
        assert_eq!(queue.offer(1, Urgency::Awaited), Ok(()));
        assert_eq!(queue.offer(2, Urgency::Background), Ok(()));
        queue.close();
        assert_eq!((take_now(&queue), take_now(&queue)), (Some(1), Some(2)));
        assert!(matches!(queue.take(None), Taken::Closed));
    }
}
