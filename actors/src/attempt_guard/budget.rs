//! The rules of guessing one-time codes: wrong guesses per destination, over all requests, client
//! addresses and resends (S-17, S-18).

use std::time::Duration;

use super::backend::{Changes, Record};
use super::in_flight::InFlight;
use super::key::GuardKey;
use super::shelf::Shelf;
use super::{GuessAdmission, TryResult};
use crate::domain::{EmailAddress, Timestamp};
use crate::otp_manager::Destination;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// S-17: with the first tries of each request, a chance of at most 4e-5 a day.
const PER_HOUR: usize = 10;
const PER_DAY: usize = 20;
/// NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures.
const DISABLED_AT: u32 = 100;
/// `ForgetFailures` unlocks an address. Somebody who has no account yet cannot prove anything by
/// a password reset, so a month without a guess does it too.
const EMAIL_REMEMBERED: Duration = Duration::from_hours(30 * 24);
/// Nothing else can unlock a number. A new lock takes days of guessing (20 a day).
const PHONE_REMEMBERED: Duration = DAY;

/// The wrong guesses of codes sent to one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guesses {
    /// Wrong ones with no right one between them.
    pub(super) in_a_row: u32,
    /// When the latest wrong ones were settled, oldest first: at most 20, enough to decide both
    /// windows.
    pub(super) wrong_at: Vec<Timestamp>,
}

pub(super) struct Budgets {
    pub(super) destinations: Shelf<(Guesses, InFlight)>,
}

/// A record about to change.
struct Counter {
    key: GuardKey,
    /// How long after the last wrong guess.
    remembered: Duration,
    /// As it is on the shelf, and in the store.
    stored: Guesses,
    /// As it shall be.
    guesses: Guesses,
    in_flight: InFlight,
}

impl Budgets {
    pub(super) fn new(capacity: usize) -> Self {
        Self { destinations: Shelf::new(capacity) }
    }

    /// Decides on a guess and counts it, unless the destination is disabled.
    pub(super) fn admit(
        &mut self,
        destination: &Destination,
        now: Timestamp,
        changes: &mut Changes,
    ) -> GuessAdmission {
        let mut counter = self.counter(destination, now);
        if counter.guesses.in_a_row.saturating_add(counter.in_flight.tries()) >= DISABLED_AT {
            return GuessAdmission::Disabled;
        }
        let has_room = counter.guesses.has_room(counter.in_flight, now);
        counter.in_flight.admit(now);
        self.keep(counter, changes);
        if has_room { GuessAdmission::WithinBudget } else { GuessAdmission::FirstTriesOnly }
    }

    /// Replaces an admitted guess by its result. A right one ends the row; the wrong ones before
    /// it stay in the windows, so that an attacker's own codes do not refill the budget.
    pub(super) fn settle(
        &mut self,
        destination: &Destination,
        result: TryResult,
        now: Timestamp,
        changes: &mut Changes,
    ) {
        let mut counter = self.counter(destination, now);
        counter.in_flight.settle();
        match result {
            TryResult::Right => counter.guesses.in_a_row = 0,
            TryResult::Wrong => counter.guesses.add(now),
            TryResult::Abandoned => {}
        }
        self.keep(counter, changes);
    }

    /// Ends the row of wrong guesses of an address, and what it disabled. The windows stay.
    pub(super) fn forget(&mut self, email: &EmailAddress, now: Timestamp, changes: &mut Changes) {
        let mut counter = self.counter(&Destination::Email(email.clone()), now);
        counter.guesses.in_a_row = 0;
        self.keep(counter, changes);
    }

    fn counter(&self, destination: &Destination, now: Timestamp) -> Counter {
        let key = GuardKey::guesses(destination);
        let remembered = match destination {
            Destination::Email(_) => EMAIL_REMEMBERED,
            Destination::Phone(_) => PHONE_REMEMBERED,
        };
        let (stored, in_flight) = self.destinations.peek(&key).cloned().unwrap_or_default();
        let live = now < stored.expires_at(remembered);
        let guesses = if live { stored.clone() } else { Guesses::default() };
        Counter { key, remembered, stored, guesses, in_flight: in_flight.as_of(now) }
    }

    fn keep(&mut self, counter: Counter, changes: &mut Changes) {
        let Counter { key, remembered, stored, guesses, in_flight } = counter;
        let expires_at = guesses.expires_at(remembered);
        let is_empty = guesses == Guesses::default();
        if guesses != stored {
            if is_empty {
                changes.remove(key);
            } else {
                changes.save(key, Record::Guesses(guesses.clone()), expires_at);
            }
        }
        if is_empty && in_flight.tries() == 0 {
            return self.destinations.remove(&key);
        }
        // Unsettled guesses stay as long as wrong ones would: a flood must not wash them out.
        let unsettled = in_flight.last_at().map(|at| at.after(remembered));
        let expires_at = expires_at.max(unsettled.unwrap_or_default());
        changes.evicted(self.destinations.put(key, (guesses, in_flight), expires_at));
    }
}

impl Guesses {
    fn add(&mut self, now: Timestamp) {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if self.wrong_at.len() >= PER_DAY {
            self.wrong_at.remove(0);
        }
        self.wrong_at.push(now);
    }

    /// Whether one more guess is within both windows, where unsettled ones count as wrong.
    fn has_room(&self, in_flight: InFlight, now: Timestamp) -> bool {
        let within = |window| self.wrong_at.iter().filter(|at| now < at.after(window)).count();
        let unsettled = usize::try_from(in_flight.tries()).unwrap_or(usize::MAX);
        within(HOUR).saturating_add(unsettled) < PER_HOUR
            && within(DAY).saturating_add(unsettled) < PER_DAY
    }

    fn expires_at(&self, remembered: Duration) -> Timestamp {
        self.wrong_at.last().copied().unwrap_or_default().after(remembered)
    }
}
