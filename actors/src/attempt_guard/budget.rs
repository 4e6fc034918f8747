//! The rules of guessing one-time codes: wrong guesses per destination and per account, over all
//! requests, client addresses and resends (S-17, S-18).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clocks::believed;
use super::counted::Counted;
use super::in_flight::InFlight;
use super::{GuessAdmission, TryResult};
use crate::domain::{Timestamp, UserId};
use crate::otp_manager::Destination;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// S-17: with the first tries of each request, a chance of at most 4e-5 a day.
const PER_HOUR: usize = 10;
const PER_DAY: usize = 20;
/// NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failures.
const DISABLED_AT: u32 = 100;
/// `ForgetFailures` unlocks an address or an account. Somebody who has no account yet cannot
/// prove anything by a password reset, so a month without a guess does it too.
const UNLOCKABLE_REMEMBERED: Duration = Duration::from_hours(30 * 24);
/// Nothing else can unlock a number. A new lock takes days of guessing (20 a day).
const PHONE_REMEMBERED: Duration = DAY;

/// Whose wrong guesses are counted together.
#[derive(Clone)]
pub(crate) enum Budget {
    /// Of codes sent there.
    Destination(Destination),
    /// Of codes that an account asked for, wherever they went.
    Account(UserId),
}

impl Budget {
    /// How long after the last wrong guess.
    pub(super) fn remembered(&self) -> Duration {
        match self {
            Self::Destination(Destination::Phone(_)) => PHONE_REMEMBERED,
            Self::Destination(Destination::Email(_)) | Self::Account(_) => UNLOCKABLE_REMEMBERED,
        }
    }
}

/// The wrong guesses of one budget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guesses {
    /// Wrong ones with no right one between them.
    pub(super) in_a_row: u32,
    /// When the latest wrong ones were settled, oldest first: at most 20, enough to decide both
    /// windows.
    pub(super) wrong_at: Vec<Timestamp>,
}

impl Counted<Guesses> {
    /// As they stand at `now`.
    #[must_use]
    pub(super) fn at(self, remembered: Duration, now: Timestamp) -> Self {
        let in_flight = self.in_flight.as_of(now);
        let mut record = self.record;
        for at in &mut record.wrong_at {
            *at = believed(*at, now);
        }
        if now >= record.expires_at(remembered) {
            record = Guesses::default();
        }
        Self { record, in_flight }
    }

    /// Whether nothing counts against a guess.
    pub(super) fn is_clear(&self) -> bool {
        *self == Self::default()
    }

    /// Counts a wrong guess that was not admitted.
    pub(super) fn count_wrong(&mut self, now: Timestamp) {
        self.record.add(now);
    }

    /// Decides on a guess and counts it, unless disabled.
    pub(super) fn admit(&mut self, now: Timestamp) -> GuessAdmission {
        if self.record.in_a_row.saturating_add(self.in_flight.tries()) >= DISABLED_AT {
            return GuessAdmission::Disabled;
        }
        let has_room = self.record.has_room(self.in_flight, now);
        self.in_flight.admit(now);
        if has_room { GuessAdmission::WithinBudget } else { GuessAdmission::FirstTriesOnly }
    }

    /// Replaces an admitted guess by its result. A right one ends the row; the wrong ones before
    /// it stay in the windows, so that an attacker's own codes do not refill the budget.
    pub(super) fn settle(&mut self, result: TryResult, now: Timestamp) {
        self.in_flight.settle();
        match result {
            TryResult::Right => self.end_row(),
            TryResult::Wrong => self.record.add(now),
            TryResult::Abandoned => {}
        }
    }

    /// Ends the row of wrong guesses, and what it disabled. The windows stay.
    pub(super) fn end_row(&mut self) {
        self.record.in_a_row = 0;
    }

    /// When it counts nothing any more. Unsettled guesses stay as long as wrong ones would: a
    /// flood must not wash them out.
    pub(super) fn expires_at(&self, remembered: Duration) -> Timestamp {
        let unsettled = self.in_flight.last_at().map(|at| at.after(remembered));
        self.record.expires_at(remembered).max(unsettled.unwrap_or_default())
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

    pub(super) fn expires_at(&self, remembered: Duration) -> Timestamp {
        self.wrong_at.last().copied().unwrap_or_default().after(remembered)
    }
}
