//! The guard through its handle. Time moves only when a test says so.

mod guesses;
mod life;
mod properties;
mod sign_in;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::backend::{Changes, Kept};
use super::*;
use crate::backend::{BackendError, Pending};
use crate::domain::EmailAddress;
use crate::otp_manager::Destination;
use crate::runtime::{Handle, Limits, ManualClock, RestartBudget, Supervision, supervise};

const CAPACITY: usize = 64;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const MILLISECOND: Duration = Duration::from_millis(1);
const LIMITED: GuardRules = GuardRules { limit_sign_in: true };

/// A store in memory that can be told to stop working.
#[derive(Default)]
struct TestStore {
    records: MemoryGuard,
    state: AtomicU8,
}

const WORKING: u8 = 0;
const FAILING: u8 = 1;
const STALLED: u8 = 2;
const CORRUPT: u8 = 3;

impl TestStore {
    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn answer<T: Send + 'static>(&self, working: impl FnOnce() -> Pending<T>) -> Pending<T> {
        match self.state.load(Ordering::SeqCst) {
            FAILING => Box::pin(std::future::ready(Err(BackendError::Unavailable))),
            CORRUPT => Box::pin(std::future::ready(Err(BackendError::Corrupt))),
            STALLED => Box::pin(std::future::pending()),
            _ => working(),
        }
    }
}

impl GuardBackend for TestStore {
    fn load(&self) -> Pending<Vec<Kept>> {
        self.answer(|| self.records.load())
    }

    fn apply(&self, changes: Changes) -> Pending<()> {
        self.answer(|| self.records.apply(changes))
    }
}

struct Fixture {
    guard: Handle<AttemptGuard>,
    clock: ManualClock,
    store: Arc<TestStore>,
    fatal: CancellationToken,
}

impl Fixture {
    fn start() -> Self {
        Self::with(LIMITED)
    }

    fn with(rules: GuardRules) -> Self {
        tokio::time::pause();
        let (clock, store) = (ManualClock::default(), Arc::new(TestStore::default()));
        let fatal = CancellationToken::new();
        let guard = launch(rules, store.clone(), &clock, &fatal);
        Self { guard, clock, store, fatal }
    }

    /// The same store and clock, as after the process was started again.
    fn restarted(self) -> Self {
        let guard = launch(LIMITED, self.store.clone(), &self.clock, &self.fatal);
        Self { guard, ..self }
    }

    /// Wall clock only: no timer fires, so nothing is purged.
    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    async fn admit(&self, ip: &str) -> SignInAdmission {
        self.guard.ask(AdmitSignIn { email: jo(), ip: addr(ip) }).await.unwrap()
    }

    async fn settle(&self, ip: &str, result: TryResult) -> u32 {
        let msg = SettleSignIn { email: jo(), ip: addr(ip), result };
        self.guard.ask(msg).await.unwrap().failures_before
    }

    /// An admitted try with a result.
    async fn sign_in(&self, ip: &str, result: TryResult) -> u32 {
        assert_eq!(self.admit(ip).await, SignInAdmission::Admitted);
        self.settle(ip, result).await
    }

    /// Failures as fast as the schedule allows, by one who waits whatever is asked.
    async fn fail(&self, ip: &str, times: u32) {
        for _ in 0..times {
            if let SignInAdmission::Delayed { retry_after } = self.admit(ip).await {
                self.advance(retry_after);
                assert_eq!(self.admit(ip).await, SignInAdmission::Admitted);
            }
            self.settle(ip, TryResult::Wrong).await;
        }
    }

    async fn forget(&self) {
        self.guard.ask(ForgetFailures { email: jo() }).await.unwrap();
    }

    async fn admit_guess(&self, destination: &Destination) -> GuessAdmission {
        self.guard.ask(AdmitGuess { destination: destination.clone() }).await.unwrap()
    }

    async fn guess(&self, destination: &Destination, result: TryResult) -> GuessAdmission {
        let admission = self.admit_guess(destination).await;
        let msg = SettleGuess { destination: destination.clone(), result };
        self.guard.ask(msg).await.unwrap();
        admission
    }
}

/// Lets everything run that can: a local task set runs some sixty tasks between two yields.
async fn settled() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

fn launch(
    rules: GuardRules,
    store: Arc<dyn GuardBackend>,
    clock: &ManualClock,
    fatal: &CancellationToken,
) -> Handle<AttemptGuard> {
    let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
    let with = Supervision { budget: RestartBudget::default(), fatal: fatal.clone() };
    let clock = Arc::new(clock.clone());
    supervise("attempt_guard", limits, with, move || {
        AttemptGuard::new(rules, store.clone(), clock.clone())
    })
}

fn jo() -> EmailAddress {
    EmailAddress::parse("jo@example.com").unwrap()
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The last moment before `duration` is over.
fn almost(duration: Duration) -> Duration {
    duration.saturating_sub(MILLISECOND)
}

fn delayed(seconds: u64) -> SignInAdmission {
    SignInAdmission::Delayed { retry_after: Duration::from_secs(seconds) }
}
