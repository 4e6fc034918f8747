//! A limiter, its clock and its store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::backend::{BackendError, Pending};
use crate::domain::{EmailAddress, Password, PhoneNumber, Timestamp, UserId};
use crate::rate_limiter::charge::Charge;
use crate::rate_limiter::decide::Charging;
use crate::rate_limiter::key::BudgetKey;
use crate::rate_limiter::*;
use crate::runtime::{Handle, Limits, ManualClock, RestartBudget, Supervision, supervise};

pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);
pub(super) const CAPACITY: usize = 64;

/// The defaults of `config/default.toml`.
pub(super) fn rules() -> LimiterRules {
    let rate = |count, per, burst| Rate { count, per, burst };
    LimiterRules {
        clients: Some(ClientRules {
            sign_in: rate(10, MINUTE, 20),
            sign_up: rate(5, HOUR, 3),
            verify: rate(30, 5 * MINUTE, 30),
            send_code: rate(10, HOUR, 5),
            forgot_password: rate(5, HOUR, 5),
            reset_password: rate(10, HOUR, 10),
            refresh: rate(60, MINUTE, 60),
            stuffing: Quota { count: 15, per: 3 * HOUR },
            stuffing_block: DAY,
        }),
        sends: Some(SendRules {
            per_destination: vec![
                Quota { count: 1, per: MINUTE },
                Quota { count: 5, per: HOUR },
                Quota { count: 10, per: DAY },
            ],
            per_client: Some(Quota { count: 10, per: HOUR }),
            emails: Quota { count: 1000, per: HOUR },
            sms: Quota { count: 200, per: HOUR },
            sms_per_account: Quota { count: 10, per: DAY },
            sms_per_block: Quota { count: 20, per: HOUR },
            sms_per_country: Quota { count: 100, per: HOUR },
            breaker: BreakerRule { sample: 50, percent: 10, pause: HOUR, code_life: 5 * MINUTE },
        }),
    }
}

/// Limits without those of clients and destinations.
pub(super) fn open_rules() -> LimiterRules {
    let sends = rules().sends.map(|sends| SendRules {
        per_destination: Vec::new(),
        per_client: None,
        sms_per_account: Quota { count: 1000, per: DAY },
        ..sends
    });
    LimiterRules { clients: None, sends }
}

/// A store in memory that can be told to stop working.
#[derive(Default)]
pub(super) struct TestStore {
    pub(super) records: MemoryBudgets,
    state: AtomicU8,
}

pub(super) const WORKING: u8 = 0;
pub(super) const FAILING: u8 = 1;
pub(super) const STALLED: u8 = 2;

impl TestStore {
    pub(super) fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn answer<T: Send + 'static>(&self, working: impl FnOnce() -> Pending<T>) -> Pending<T> {
        match self.state.load(Ordering::SeqCst) {
            FAILING => Box::pin(std::future::ready(Err(BackendError::Unavailable))),
            STALLED => Box::pin(std::future::pending()),
            _ => working(),
        }
    }
}

impl BudgetBackend for TestStore {
    fn charge(&self, charges: Vec<Charge>, now: Timestamp) -> Pending<Charging> {
        self.answer(|| self.records.charge(charges, now))
    }

    fn verified(&self, keys: Vec<BudgetKey>) -> Pending<()> {
        self.answer(|| self.records.verified(keys))
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        self.answer(|| self.records.sweep(now))
    }
}

pub(super) struct Fixture {
    pub(super) limiter: Handle<RateLimiter>,
    pub(super) clock: ManualClock,
    pub(super) store: Arc<TestStore>,
}

impl Fixture {
    pub(super) fn start() -> Self {
        Self::with(&rules())
    }

    pub(super) fn with(rules: &LimiterRules) -> Self {
        tokio::time::pause();
        Self::another(rules)
    }

    /// One more, on a store and a clock of its own.
    pub(super) fn another(rules: &LimiterRules) -> Self {
        let (clock, store) = (ManualClock::default(), Arc::new(TestStore::default()));
        let limiter = launch(rules, store.clone(), &clock);
        Self { limiter, clock, store }
    }

    /// The same store and clock, as after the process was started again.
    pub(super) fn restarted(self, rules: &LimiterRules) -> Self {
        Self { limiter: launch(rules, self.store.clone(), &self.clock), ..self }
    }

    /// Wall clock only: no timer fires.
    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    pub(super) async fn admit(&self, purpose: Purpose, ip: &str) -> Admission {
        self.limiter.ask(AdmitRequest { purpose, ip: ip.parse().unwrap() }).await.unwrap()
    }

    pub(super) async fn fail_sign_in(&self, ip: &str, n: u32) -> Suspicion {
        let email = email(&format!("p{n}@example.com"));
        let password = Password::present(&SecretString::from("Summer2024")).ok().unwrap();
        let msg = NoteFailedSignIn { ip: ip.parse().unwrap(), email, password };
        self.limiter.ask(msg).await.unwrap()
    }

    pub(super) async fn try_send(
        &self,
        sending: Sending,
        ip: &str,
    ) -> Result<SendAdmission, LimiterError> {
        self.limiter.ask(ChargeSend { sending, ip: ip.parse().unwrap() }).await
    }

    pub(super) async fn send(&self, sending: Sending) -> SendAdmission {
        self.try_send(sending, "192.0.2.1").await.unwrap()
    }

    pub(super) async fn verify(&self, number: &str) {
        let number = PhoneNumber::parse(number).unwrap();
        self.limiter.ask(NotePhoneVerified { number }).await.unwrap();
    }
}

fn launch(
    rules: &LimiterRules,
    store: Arc<dyn BudgetBackend>,
    clock: &ManualClock,
) -> Handle<RateLimiter> {
    let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let (rules, clock) = (rules.clone(), Arc::new(clock.clone()));
    supervise("rate_limiter", limits, with, move || {
        RateLimiter::new(&rules, store.clone(), clock.clone())
    })
}

pub(super) fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub(super) fn code_to(text: &str) -> Sending {
    Sending::EmailCode(email(text))
}

/// A text message for account 1.
pub(super) fn sms_to(number: &str) -> Sending {
    sms_for(1, number)
}

pub(super) fn sms_for(account: u8, number: &str) -> Sending {
    let number = PhoneNumber::parse(number).unwrap();
    Sending::PhoneCode { number, account: UserId::from_bytes([account; 16]) }
}

pub(super) fn refused(wait: Duration) -> SendAdmission {
    SendAdmission::Refused { retry_after: wait }
}
