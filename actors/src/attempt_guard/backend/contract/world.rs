//! One store, one clock, and somebody who tries.

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::attempt_guard::backend::GuardBackend;
use crate::attempt_guard::budget::Budget;
use crate::attempt_guard::{GuardRules, GuessAdmission, SignInAdmission, TryResult};
use crate::domain::{EmailAddress, PhoneNumber, Timestamp, UserId};
use crate::otp_manager::Destination;

pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);
pub(in crate::attempt_guard::backend) const MILLISECOND: Duration = Duration::from_millis(1);

/// Opens the store of a test, as after a restart.
pub(in crate::attempt_guard::backend) type Open =
    Box<dyn Fn(GuardRules) -> Arc<dyn GuardBackend> + Send>;

/// A backend over that store. Time moves only when a test says so.
pub(in crate::attempt_guard::backend) struct World {
    open: Open,
    pub(super) backend: Arc<dyn GuardBackend>,
    now: Cell<Timestamp>,
}

impl World {
    pub(in crate::attempt_guard::backend) async fn new(open: Open) -> Self {
        let backend = open(GuardRules { limit_sign_in: true });
        backend.load().await.unwrap();
        Self { open, backend, now: Cell::new(Timestamp::from_secs(1_642_344_000)) }
    }

    /// The same store and clock, as after the process was started again.
    pub(super) async fn restarted(self) -> Self {
        self.with(GuardRules { limit_sign_in: true }).await
    }

    /// With `limits.enabled = false`.
    pub(super) async fn unlimited(self) -> Self {
        self.with(GuardRules { limit_sign_in: false }).await
    }

    async fn with(self, rules: GuardRules) -> Self {
        let backend = (self.open)(rules);
        backend.load().await.unwrap();
        Self { backend, ..self }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(super) fn advance(&self, by: Duration) {
        self.now.set(self.now().after(by));
    }

    pub(super) fn set_back(&self, by: Duration) {
        self.now.set(self.now().before(by));
    }

    pub(super) async fn admit(&self, ip: &str) -> SignInAdmission {
        self.backend.admit_sign_in(&jo(), addr(ip), self.now()).await.unwrap()
    }

    /// Settles a try, and tells the failures before it.
    pub(super) async fn settle(&self, ip: &str, result: TryResult) -> u32 {
        let settled = self.backend.settle_sign_in(&jo(), addr(ip), result, self.now());
        settled.await.unwrap().failures_before
    }

    /// An admitted try with a result.
    pub(super) async fn sign_in(&self, ip: &str, result: TryResult) -> u32 {
        assert_eq!(self.admit(ip).await, SignInAdmission::Admitted);
        self.settle(ip, result).await
    }

    /// Failures as fast as the schedule allows, by one who waits whatever is asked.
    pub(super) async fn fail(&self, ip: &str, times: u32) {
        for _ in 0..times {
            if let SignInAdmission::Delayed { retry_after } = self.admit(ip).await {
                self.advance(retry_after);
                assert_eq!(self.admit(ip).await, SignInAdmission::Admitted);
            }
            self.settle(ip, TryResult::Wrong).await;
        }
    }

    /// Jo has proved control of the address.
    pub(super) async fn forget(&self) {
        self.backend.forget_sign_ins(&jo(), self.now()).await.unwrap();
        self.backend.forget_guesses(&email(), self.now()).await.unwrap();
    }

    pub(super) async fn admit_guess(&self, budget: &Budget) -> GuessAdmission {
        self.backend.admit_guess(budget, self.now()).await.unwrap()
    }

    pub(super) async fn is_unguessed(&self, budget: &Budget) -> bool {
        self.backend.is_unguessed(budget, self.now()).await.unwrap()
    }

    pub(super) async fn guess(&self, budget: &Budget, result: TryResult) -> GuessAdmission {
        let admission = self.admit_guess(budget).await;
        self.backend.settle_guess(budget, result, self.now()).await.unwrap();
        admission
    }

    pub(super) async fn allow_notice(&self) -> bool {
        self.backend.allow_notice(&jo(), self.now()).await.unwrap()
    }
}

pub(in crate::attempt_guard::backend) fn jo() -> EmailAddress {
    EmailAddress::parse("jo@example.com").unwrap()
}

pub(in crate::attempt_guard::backend) fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(in crate::attempt_guard::backend) fn email() -> Budget {
    Budget::Destination(Destination::Email(jo()))
}

pub(super) fn phone() -> Budget {
    Budget::Destination(Destination::Phone(PhoneNumber::parse("+2348012345678").unwrap()))
}

pub(super) fn account() -> Budget {
    Budget::Account(UserId::from_bytes([7; 16]))
}

/// The last moment before `duration` is over.
pub(super) fn almost(duration: Duration) -> Duration {
    duration.saturating_sub(MILLISECOND)
}

pub(in crate::attempt_guard::backend) fn delayed(seconds: u64) -> SignInAdmission {
    SignInAdmission::Delayed { retry_after: Duration::from_secs(seconds) }
}
