//! The actor through its handle.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::backend::{Attempt, Found, Insertion, MemoryOtps, NewChallenge, OtpBackend, Resending};
use super::key::{CodeMac, OtpKey};
use super::*;
use crate::backend::Pending;
use crate::domain::{
    AppId, ChallengeId, EmailAddress, OtpCode, PasswordHash, PersonName, PhoneNumber, Timestamp,
    UserId,
};
use crate::runtime::{
    AskError, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision, supervise,
};

/// The moment at which `ManualClock` starts.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_642_344_000_000);
const LIMITS: Limits = Limits { capacity: 64, deadline: Duration::from_secs(2) };

pub(super) fn id(n: u8) -> ChallengeId {
    ChallengeId::from_bytes([n; 16])
}

pub(super) fn source(n: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, n).into()
}

/// A stored code: equal numbers match.
pub(super) fn mac(code: u8) -> CodeMac {
    let code = OtpCode::from_number(u32::from(code)).unwrap();
    OtpKey::from_bytes([7; 32]).mac(Purpose::SignUp, id(0), &code)
}

pub(super) fn sign_up(email: &str) -> Subject {
    Subject::SignUp(PendingSignUp {
        email: EmailAddress::parse(email).unwrap(),
        first_name: PersonName::parse("Ann").unwrap(),
        last_name: PersonName::parse("Other").unwrap(),
        password_hash: PasswordHash::from_phc("a hash".to_owned()),
        decoy: false,
    })
}

pub(super) fn phone_claim(number: &str, app_id: Option<&str>) -> Subject {
    Subject::Phone(PendingPhone {
        user_id: UserId::from_bytes([1; 16]),
        number: PhoneNumber::parse(number).unwrap(),
        app_id: app_id.map(|id| AppId::parse(id).unwrap()),
    })
}

/// Codes in memory, behind a store that may hang or panic.
#[derive(Clone)]
struct Moody {
    otps: Arc<MemoryOtps>,
    hangs: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl Moody {
    fn or<T: Send + 'static>(&self, answer: Pending<T>) -> Pending<T> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "told to panic");
        if self.hangs.load(Ordering::SeqCst) { Box::pin(pending()) } else { answer }
    }
}

impl OtpBackend for Moody {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        self.or(self.otps.insert(new, now))
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        self.or(self.otps.attempt(attempt, now))
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        self.or(self.otps.resend(id, mac, now))
    }

    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>> {
        self.or(self.otps.find(id, now))
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        self.otps.sweep(now)
    }
}

struct Fixture {
    otps: Handle<OtpManager>,
    clock: ManualClock,
    store: Moody,
}

impl Fixture {
    fn start() -> Self {
        tokio::time::pause();
        let clock = ManualClock::default();
        let store = Moody {
            otps: Arc::new(MemoryOtps::new(OtpRules::default())),
            hangs: Arc::default(),
            panics: Arc::default(),
        };
        let with =
            Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
        let otps = supervise("otp_manager", LIMITS, with, {
            let key = Arc::new(OtpKey::from_bytes([7; 32]));
            let (clock, random) = (Arc::new(clock.clone()), Arc::new(SeededRandom::new(3)));
            let store = store.clone();
            move || {
                let (key, clock, random) = (key.clone(), clock.clone(), random.clone());
                OtpManager::new(Arc::new(store.clone()), key, clock, random)
            }
        });
        Self { otps, clock, store }
    }

    async fn issue(&self, subject: Subject) -> IssuedOtp {
        self.otps.ask(IssueOtp { subject, source: source(1) }).await.ok().unwrap()
    }

    async fn present(&self, otp: &IssuedOtp, code: &OtpCode, app_id: Option<&str>) -> bool {
        let verify = VerifyOtp {
            request_id: otp.request_id,
            purpose: otp.subject.purpose(),
            code: code.clone(),
            app_id: app_id.map(|id| AppId::parse(id).unwrap()),
            attempts_allowed: u8::MAX,
        };
        matches!(self.otps.ask(verify).await, Ok(VerifyOtpOutcome::Accepted(_)))
    }

    async fn resend(&self, request_id: ChallengeId) -> ResendOtpOutcome {
        self.otps.ask(ResendOtp { request_id }).await.ok().unwrap()
    }
}

/// Lets every task that can run, run.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

fn other_than(code: &OtpCode) -> OtpCode {
    let number: u32 = code.expose().parse().unwrap();
    OtpCode::from_number((number + 1) % 1_000_000).unwrap()
}

#[actix::test]
async fn a_code_is_accepted_once_and_gives_back_what_it_proves() {
    let t = Fixture::start();
    let otp = t.issue(sign_up("ann@example.com")).await;
    assert!(!t.present(&otp, &other_than(&otp.code), None).await);
    assert!(t.present(&otp, &otp.code, None).await);
    assert!(!t.present(&otp, &otp.code, None).await, "S-21: it is used");
}

#[actix::test]
async fn s_13_a_code_works_for_its_own_request_and_purpose_only() {
    let t = Fixture::start();
    let ann = t.issue(sign_up("ann@example.com")).await;
    let bob = t.issue(sign_up("bob@example.com")).await;
    assert!(!t.present(&bob, &ann.code, None).await || ann.code == bob.code);
    let wrong_purpose = VerifyOtp {
        request_id: ann.request_id,
        purpose: Purpose::Phone,
        code: ann.code.clone(),
        app_id: None,
        attempts_allowed: u8::MAX,
    };
    assert!(matches!(t.otps.ask(wrong_purpose).await, Ok(VerifyOtpOutcome::Refused)));
    let find = FindOtp { request_id: ann.request_id, purpose: Purpose::Phone };
    assert!(t.otps.ask(find).await.ok().unwrap().is_none());
    let find = FindOtp { request_id: ann.request_id, purpose: Purpose::SignUp };
    let found = t.otps.ask(find).await.ok().unwrap().unwrap();
    assert_eq!(found.destination, ann.subject.destination());
    assert!(t.present(&ann, &ann.code, None).await);
}

#[actix::test]
async fn an_sms_code_is_bound_to_its_application_and_a_mismatch_is_an_attempt() {
    let t = Fixture::start();
    let otp = t.issue(phone_claim("+2348012345678", Some("9876"))).await;
    for app_id in [None, Some("1"), Some("98765")] {
        assert!(!t.present(&otp, &otp.code, app_id).await);
    }
    assert!(t.present(&otp, &otp.code, Some("9876")).await);
    let otp = t.issue(phone_claim("+2348012345678", None)).await;
    for _ in 0..5 {
        assert!(!t.present(&otp, &otp.code, Some("9876")).await);
    }
    assert!(!t.present(&otp, &otp.code, None).await, "five attempts were made");
}

#[actix::test]
async fn s_12_a_code_dies_at_its_end_even_before_the_sweep() {
    let t = Fixture::start();
    for (subject, life) in [
        (sign_up("ann@example.com"), Duration::from_mins(10)),
        (phone_claim("+2348012345678", None), Duration::from_mins(5)),
    ] {
        let otp = t.issue(subject.clone()).await;
        t.clock.advance(life); // the wall clock only: no timer has fired
        assert!(!t.present(&otp, &otp.code, None).await);
        let otp = t.issue(subject).await;
        t.clock.advance(life.saturating_sub(Duration::from_millis(1)));
        assert!(t.present(&otp, &otp.code, None).await);
    }
}

#[actix::test]
async fn s_18_a_resend_waits_longer_each_time_and_kills_the_old_code() {
    let t = Fixture::start();
    let first = t.issue(sign_up("ann@example.com")).await;
    let ResendOtpOutcome::TooSoon { retry_at } = t.resend(first.request_id).await else {
        panic!("a resend at once");
    };
    assert_eq!(retry_at, NOW.after(Duration::from_mins(1)));
    t.clock.advance(Duration::from_mins(1));
    let ResendOtpOutcome::Reissued(second) = t.resend(first.request_id).await else {
        panic!("no resend after the cool-down");
    };
    assert_eq!(second.request_id, first.request_id);
    t.clock.advance(Duration::from_mins(1));
    assert!(matches!(t.resend(first.request_id).await, ResendOtpOutcome::TooSoon { .. }));
    assert!(!t.present(&first, &first.code, None).await || first.code == second.code);
    assert!(t.present(&second, &second.code, None).await);
    assert!(matches!(t.resend(first.request_id).await, ResendOtpOutcome::Unknown), "it is used");
}

#[actix::test]
async fn nothing_is_resent_for_requests_that_are_unknown_expired_or_exhausted() {
    let t = Fixture::start();
    assert!(matches!(t.resend(id(200)).await, ResendOtpOutcome::Unknown));
    let otp = t.issue(sign_up("ann@example.com")).await;
    for _ in 0..5 {
        t.present(&otp, &other_than(&otp.code), None).await;
    }
    t.clock.advance(Duration::from_mins(1));
    assert!(matches!(t.resend(otp.request_id).await, ResendOtpOutcome::Unknown));
    let otp = t.issue(sign_up("bob@example.com")).await;
    t.clock.advance(Duration::from_mins(10));
    assert!(matches!(t.resend(otp.request_id).await, ResendOtpOutcome::Unknown));
}

#[actix::test]
async fn a_store_that_hangs_times_out_and_one_more_than_the_capacity_is_refused() {
    let t = Fixture::start();
    let otp = t.issue(sign_up("ann@example.com")).await;
    t.store.hangs.store(true, Ordering::SeqCst);
    let find = || FindOtp { request_id: otp.request_id, purpose: Purpose::SignUp };
    let stalled: Vec<_> = (0..LIMITS.capacity)
        .map(|_| {
            let (otps, find) = (t.otps.clone(), find());
            actix::spawn(async move { otps.ask(find).await.err() })
        })
        .collect();
    settle().await;
    let refused = t.otps.ask(find()).await.err();
    assert_eq!(refused, Some(AskError::Overloaded("otp_manager").into()));
    for ask in stalled {
        assert_eq!(ask.await.unwrap(), Some(AskError::TimedOut("otp_manager").into()));
    }
}

#[actix::test]
async fn a_panic_costs_its_request_and_no_code() {
    let t = Fixture::start();
    let otp = t.issue(sign_up("ann@example.com")).await;
    t.store.panics.store(true, Ordering::SeqCst);
    assert!(!t.present(&otp, &otp.code, None).await);
    tokio::task::yield_now().await;
    assert!(!t.present(&otp, &other_than(&otp.code), None).await, "the actor is back");
}

#[actix::test]
async fn the_sweep_frees_what_has_expired() {
    let t = Fixture::start();
    let otp = t.issue(sign_up("ann@example.com")).await;
    t.clock.advance(Duration::from_mins(10));
    tokio::time::advance(Duration::from_secs(6)).await;
    settle().await;
    // Back in time it is still gone: the sweep has removed it, not only the look at it.
    let found = t.store.otps.find(otp.request_id, NOW).await.unwrap();
    assert!(found.is_none());
}
