//! The guard through its handle. Time moves only when a test says so.

mod life;
mod messages;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::backend::{Changes, Journal, Journaled, Kept, MemoryJournal};
use super::*;
use crate::backend::{BackendError, Pending};
use crate::domain::{EmailAddress, UserId};
use crate::otp_manager::Destination;
use crate::runtime::{Handle, Limits, ManualClock, RestartBudget, Supervision, supervise};

const CAPACITY: usize = 64;
const HOUR: Duration = Duration::from_hours(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const LIMITED: GuardRules = GuardRules { limit_sign_in: true };

/// A journal in memory that can be told to stop working.
#[derive(Clone, Default)]
struct TestJournal(Arc<Parts>);

#[derive(Default)]
struct Parts {
    records: MemoryJournal,
    state: AtomicU8,
}

const WORKING: u8 = 0;
const FAILING: u8 = 1;
const STALLED: u8 = 2;
const CORRUPT: u8 = 3;

impl TestJournal {
    fn set(&self, state: u8) {
        self.0.state.store(state, Ordering::SeqCst);
    }

    fn answer<T: Send + 'static>(&self, working: impl FnOnce() -> Pending<T>) -> Pending<T> {
        match self.0.state.load(Ordering::SeqCst) {
            FAILING => Box::pin(std::future::ready(Err(BackendError::Unavailable))),
            CORRUPT => Box::pin(std::future::ready(Err(BackendError::Corrupt))),
            STALLED => Box::pin(std::future::pending()),
            _ => working(),
        }
    }
}

impl Journal for TestJournal {
    fn load(&self) -> Pending<Vec<Kept>> {
        self.answer(|| self.0.records.load())
    }

    fn apply(&self, changes: Changes) -> Pending<()> {
        self.answer(|| self.0.records.apply(changes))
    }
}

struct Fixture {
    guard: Handle<AttemptGuard>,
    backend: Arc<Journaled<TestJournal>>,
    clock: ManualClock,
    journal: TestJournal,
    fatal: CancellationToken,
}

impl Fixture {
    fn start() -> Self {
        tokio::time::pause();
        Self::over(TestJournal::default(), ManualClock::default(), CancellationToken::new())
    }

    fn over(journal: TestJournal, clock: ManualClock, fatal: CancellationToken) -> Self {
        let backend = Arc::new(Journaled::over(LIMITED, journal.clone()));
        let guard = launch(backend.clone(), &clock, &fatal);
        Self { guard, backend, clock, journal, fatal }
    }

    /// The same journal and clock, as after the process was started again.
    fn restarted(self) -> Self {
        Self::over(self.journal, self.clock, self.fatal)
    }

    /// Wall clock only: no timer fires, so nothing is swept.
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
}

/// Lets everything run that can: a local task set runs some sixty tasks between two yields.
async fn settled() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

fn launch(
    backend: Arc<dyn GuardBackend>,
    clock: &ManualClock,
    fatal: &CancellationToken,
) -> Handle<AttemptGuard> {
    let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
    let with = Supervision { budget: RestartBudget::default(), fatal: fatal.clone() };
    let clock = Arc::new(clock.clone());
    supervise("attempt_guard", limits, with, move || {
        AttemptGuard::new(backend.clone(), clock.clone())
    })
}

fn jo() -> EmailAddress {
    EmailAddress::parse("jo@example.com").unwrap()
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn delayed(seconds: u64) -> SignInAdmission {
    SignInAdmission::Delayed { retry_after: Duration::from_secs(seconds) }
}
