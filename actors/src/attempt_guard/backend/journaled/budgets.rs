//! The guess budgets, on their shelf.

use super::Shelf;
use super::counters::Capacity;
use super::record::{Changes, Record};
use crate::attempt_guard::budget::{Budget, Guesses};
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::domain::Timestamp;

pub(super) struct Budgets {
    pub(super) guesses: Shelf<Counted<Guesses>>,
}

impl Budgets {
    pub(super) fn new(capacity: &Capacity) -> Self {
        Self { guesses: Shelf::new(capacity.guesses) }
    }

    /// What is on record at `now`.
    pub(super) fn at(&self, budget: &Budget, now: Timestamp) -> Counted<Guesses> {
        let stored = self.guesses.peek(&GuardKey::guesses(budget)).cloned();
        stored.unwrap_or_default().at(budget.remembered(), now)
    }

    /// Applies a rule to what is on record.
    pub(super) fn change<T>(
        &mut self,
        budget: &Budget,
        now: Timestamp,
        changes: &mut Changes,
        rule: impl FnOnce(&mut Counted<Guesses>) -> T,
    ) -> T {
        let (key, remembered) = (GuardKey::guesses(budget), budget.remembered());
        let stored = self.guesses.peek(&key).cloned().unwrap_or_default();
        let mut counted = stored.clone().at(remembered, now);
        let answer = rule(&mut counted);

        if counted.record != stored.record {
            if counted.record == Guesses::default() {
                changes.remove(key);
            } else {
                let expires_at = counted.record.expires_at(remembered);
                changes.save(key, Record::Guesses(counted.record.clone()), expires_at);
            }
        }
        if counted == Counted::default() {
            self.guesses.remove(&key);
        } else {
            let expires_at = counted.expires_at(remembered);
            changes.evicted(self.guesses.put(key, counted, expires_at));
        }
        answer
    }
}
