//! Tests of the OTP manager through its handle.

use std::sync::Arc;
use std::time::Duration;

use actix::{Handler, Message};
use tokio_util::sync::CancellationToken;

use super::backend::{Attempt, Found, Insertion, NewChallenge, Resending};
use super::fixtures::{id, phone, sign_up, source};
use super::key::CodeMac;
use super::*;
use crate::backend::{BackendError, Pending, ready};
use crate::domain::{
    AppId, ChallengeId, OtpCode, PhoneNumber, TestNumber, TestNumbers, Timestamp, UserId,
};
use crate::runtime::{
    AskError, Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision,
    supervise,
};

const CAPACITY: usize = 8;
const TEST_NUMBER: &str = "+14155552671";

struct Fixture {
    otps: Handle<OtpManager>,
    clock: ManualClock,
}

impl Fixture {
    fn start() -> Self {
        Self::over(Arc::new(MemoryOtps::new(OtpRules { max_pending: 6, ..OtpRules::default() })))
    }

    fn over(backend: Arc<dyn OtpBackend>) -> Self {
        tokio::time::pause();
        let clock = ManualClock::default();
        let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
        let with =
            Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
        let key = Arc::new(OtpKey::from_bytes([7; 32]));
        let random = Arc::new(SeededRandom::new(1));
        let shared = Arc::new(clock.clone());
        let test_numbers = test_numbers(clock.now());
        let otps = supervise("otp", limits, with, move || {
            let (backend, key) = (Arc::clone(&backend), Arc::clone(&key));
            OtpManager::new(backend, key, shared.clone(), random.clone(), test_numbers.clone())
        });
        Self { otps, clock }
    }

    /// Moves both clocks, then lets the timers that came due run.
    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        tokio::time::advance(by).await;
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    async fn issue(&self, subject: Subject) -> IssuedOtp {
        self.otps.ask(IssueOtp { subject, source: source(1) }).await.unwrap()
    }

    async fn verify(&self, issued: &IssuedOtp, code: &OtpCode) -> Result<bool, OtpError> {
        let app_id = match &issued.subject {
            Subject::SignUp(_) => None,
            Subject::Phone(phone) => phone.app_id.clone(),
        };
        let purpose = issued.subject.purpose();
        let outcome = self.otps.ask(verify(issued.request_id, purpose, code, app_id)).await?;
        Ok(matches!(outcome, VerifyOtpOutcome::Accepted(_)))
    }

    async fn resend(&self, request_id: ChallengeId) -> ResendOtpOutcome {
        self.otps.ask(ResendOtp { request_id }).await.unwrap()
    }

    async fn find(&self, request_id: ChallengeId, purpose: Purpose) -> Option<PendingOtp> {
        self.otps.ask(FindOtp { request_id, purpose }).await.unwrap()
    }
}

fn verify(id: ChallengeId, purpose: Purpose, code: &OtpCode, app: Option<AppId>) -> VerifyOtp {
    let code = code.clone();
    VerifyOtp { request_id: id, purpose, code, app_id: app, attempts_allowed: u8::MAX }
}

fn other(code: &OtpCode) -> OtpCode {
    let digits = if code.expose() == "000000" { "000001" } else { "000000" };
    OtpCode::parse(digits).unwrap()
}

/// One whose code dies with a moment that the tests never reach, but for the one that does.
fn test_numbers(now: Timestamp) -> TestNumbers {
    let number = PhoneNumber::parse(TEST_NUMBER).unwrap();
    let code = OtpCode::parse("424242").unwrap();
    let until = Some(now.after(Duration::from_hours(24)));
    [TestNumber { number, code, until }].into_iter().collect()
}

fn test_phone() -> Subject {
    Subject::Phone(PendingPhone {
        user_id: UserId::from_bytes([9; 16]),
        number: PhoneNumber::parse(TEST_NUMBER).unwrap(),
        app_id: None,
    })
}

#[actix::test]
async fn a_test_number_has_the_same_code_each_time_until_its_time_is_over() {
    let t = Fixture::start();
    let first = t.issue(test_phone()).await;
    assert_eq!(first.code.expose(), "424242");
    t.clock.advance(Duration::from_mins(1));
    let ResendOtpOutcome::Reissued(second) = t.resend(first.request_id).await else {
        panic!("not reissued");
    };
    assert_eq!(second.code.expose(), "424242");
    assert_eq!(t.verify(&second, &second.code).await, Ok(true));
    t.clock.advance(Duration::from_hours(24));
    assert_ne!(t.issue(test_phone()).await.code.expose(), "424242");
}

#[actix::test]
async fn s15_the_code_of_a_test_number_is_dead_after_five_wrong_ones_too() {
    let t = Fixture::start();
    let issued = t.issue(test_phone()).await;
    for _ in 0..5 {
        assert_eq!(t.verify(&issued, &other(&issued.code)).await, Ok(false));
    }
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(false));
}

#[actix::test]
async fn s21_a_code_verifies_once_for_each_kind_of_subject() {
    let t = Fixture::start();
    for subject in [sign_up("jo@example.com"), phone(None), phone(Some("9876"))] {
        let issued = t.issue(subject).await;
        assert_eq!(t.verify(&issued, &other(&issued.code)).await, Ok(false));
        assert_eq!(t.verify(&issued, &issued.code).await, Ok(true));
        assert_eq!(t.verify(&issued, &issued.code).await, Ok(false));
    }
}

#[actix::test]
async fn s11_codes_have_six_digits_and_ids_and_codes_differ_from_request_to_request() {
    let t = Fixture::start();
    let (first, second) =
        (t.issue(sign_up("jo@example.com")).await, t.issue(sign_up("jo@example.com")).await);
    assert_eq!(first.code.expose().len(), 6);
    assert!(first.code != second.code && first.request_id != second.request_id);
}

#[actix::test]
async fn s12_a_code_lives_10_minutes_by_email_and_5_by_sms() {
    let t = Fixture::start();
    for (subject, minutes) in [(sign_up("jo@example.com"), 10), (phone(None), 5)] {
        let issued = t.issue(subject).await;
        let ttl = Duration::from_mins(minutes);
        assert_eq!(issued.expires_at, t.clock.now().after(ttl));
        t.clock.advance(ttl); // wall clock only: no timer has fired
        assert_eq!(t.verify(&issued, &issued.code).await, Ok(false));
    }
}

#[actix::test]
async fn s13_a_code_fails_for_another_purpose_application_or_request() {
    let t = Fixture::start();
    let issued = t.issue(phone(Some("9876"))).await;
    let app = |text| Some(AppId::parse(text).unwrap());
    for msg in [
        verify(issued.request_id, Purpose::SignUp, &issued.code, app("9876")),
        verify(issued.request_id, Purpose::Phone, &issued.code, app("1")),
        verify(issued.request_id, Purpose::Phone, &issued.code, None),
        verify(id(1), Purpose::Phone, &issued.code, app("9876")),
    ] {
        assert!(matches!(t.otps.ask(msg).await, Ok(VerifyOtpOutcome::Refused)));
    }
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(true));
}

#[actix::test]
async fn s15_after_five_wrong_codes_the_right_one_is_refused_and_nothing_is_sent_again() {
    let t = Fixture::start();
    let issued = t.issue(sign_up("jo@example.com")).await;
    for _ in 0..5 {
        assert_eq!(t.verify(&issued, &other(&issued.code)).await, Ok(false));
    }
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(false));
    assert!(t.find(issued.request_id, Purpose::SignUp).await.is_none());
    t.clock.advance(Duration::from_mins(1));
    assert!(matches!(t.resend(issued.request_id).await, ResendOtpOutcome::Unknown));
}

#[actix::test]
async fn s17_fewer_attempts_hold_when_the_budget_allows_fewer() {
    let t = Fixture::start();
    let issued = t.issue(sign_up("jo@example.com")).await;
    let mut msg = verify(issued.request_id, Purpose::SignUp, &issued.code, None);
    msg.attempts_allowed = 0;
    assert!(matches!(t.otps.ask(msg).await, Ok(VerifyOtpOutcome::OutOfTries)));
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(true));
}

#[actix::test]
async fn s18_a_resend_comes_after_the_cool_down_with_a_new_code_under_the_same_id() {
    let t = Fixture::start();
    for subject in [sign_up("jo@example.com"), phone(None)] {
        let first = t.issue(subject).await;
        let due = t.clock.now().after(Duration::from_mins(1));
        let early = t.resend(first.request_id).await;
        assert!(matches!(early, ResendOtpOutcome::TooSoon { retry_at } if retry_at == due));
        t.clock.advance(Duration::from_mins(1));
        let ResendOtpOutcome::Reissued(second) = t.resend(first.request_id).await else {
            panic!("not reissued");
        };
        assert!(second.request_id == first.request_id && second.code != first.code);
        assert_eq!(t.verify(&first, &first.code).await, Ok(false));
        assert_eq!(t.verify(&second, &second.code).await, Ok(true));
        assert!(matches!(t.resend(first.request_id).await, ResendOtpOutcome::Unknown));
    }
}

#[actix::test]
async fn a_pending_code_is_found_for_its_own_purpose_only() {
    let t = Fixture::start();
    let issued = t.issue(sign_up("jo@example.com")).await;
    let found = t.find(issued.request_id, Purpose::SignUp).await.unwrap();
    assert_eq!(found.destination, issued.subject.destination());
    assert!(t.find(issued.request_id, Purpose::Phone).await.is_none());
    assert!(t.find(id(1), Purpose::SignUp).await.is_none());
}

#[actix::test]
async fn a_preview_tells_what_a_resend_would_do_and_changes_nothing() {
    let t = Fixture::start();
    let preview = async |request_id| t.otps.ask(PreviewResend { request_id }).await.unwrap();
    let issued = t.issue(phone(None)).await;
    let retry_at = t.clock.now().after(Duration::from_mins(1));
    assert_eq!(preview(issued.request_id).await, ResendPreview::TooSoon { retry_at });
    t.advance(Duration::from_mins(1)).await;
    let (destination, account) = (issued.subject.destination(), issued.subject.account());
    assert!(account.is_some());
    let ready = ResendPreview::Ready { destination, account };
    assert_eq!(preview(issued.request_id).await, ready);
    assert_eq!(preview(issued.request_id).await, ready);
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(true));
    assert_eq!(preview(issued.request_id).await, ResendPreview::Unknown);
}

#[actix::test]
async fn s45_one_request_too_many_is_full_and_the_others_stay() {
    let t = Fixture::start();
    let mut pending = Vec::new();
    for n in 0..6 {
        pending.push(t.issue(sign_up(&format!("{n}@example.com"))).await);
    }
    let one_more = IssueOtp { subject: phone(None), source: source(1) };
    assert_eq!(t.otps.ask(one_more).await.err(), Some(OtpError::Full));
    for issued in &pending {
        assert_eq!(t.verify(issued, &issued.code).await, Ok(true));
    }
}

#[actix::test]
async fn expired_codes_are_swept_although_nobody_looks_at_them() {
    let backend = Arc::new(MemoryOtps::new(OtpRules::default()));
    let t = Fixture::over(backend.clone());
    let issued = t.issue(phone(None)).await;
    let alive = issued.expires_at.before(Duration::from_millis(1));
    assert!(backend.find(issued.request_id, alive).await.unwrap().is_some());
    t.advance(Duration::from_secs(305)).await;
    assert!(backend.find(issued.request_id, alive).await.unwrap().is_none());
}

#[actix::test]
async fn a_panic_costs_its_request_and_no_code() {
    let t = Fixture::start();
    let issued = t.issue(sign_up("jo@example.com")).await;
    assert_eq!(t.verify(&issued, &other(&issued.code)).await, Ok(false));
    assert_eq!(t.otps.ask(Crash).await, Err(OtpError::Ask(AskError::Unavailable("otp"))));
    tokio::task::yield_now().await;
    for _ in 0..3 {
        assert_eq!(t.verify(&issued, &other(&issued.code)).await, Ok(false));
    }
    assert_eq!(t.verify(&issued, &issued.code).await, Ok(true), "the fifth attempt");
}

#[actix::test]
async fn one_request_beyond_the_capacity_is_refused_at_once_and_a_stalled_backend_times_out() {
    let t = Fixture::over(Arc::new(Faulty));
    let stalled: Vec<_> = (0..CAPACITY)
        .map(|_| {
            let otps = t.otps.clone();
            let code = OtpCode::parse("000042").unwrap();
            actix::spawn(async move { otps.ask(verify(id(1), Purpose::SignUp, &code, None)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let find = || FindOtp { request_id: id(1), purpose: Purpose::SignUp };
    let refused = t.otps.ask(find()).await.err();
    assert_eq!(refused, Some(OtpError::Ask(AskError::Overloaded("otp"))));
    for reply in stalled {
        let error = reply.await.unwrap().err();
        assert_eq!(error, Some(OtpError::Ask(AskError::TimedOut("otp"))));
    }
}

#[actix::test]
async fn after_a_deadline_the_next_request_is_served() {
    let t = Fixture::over(Arc::new(Faulty));
    let code = OtpCode::parse("000042").unwrap();
    let late = t.otps.ask(verify(id(1), Purpose::SignUp, &code, None)).await.err();
    assert_eq!(late, Some(OtpError::Ask(AskError::TimedOut("otp"))));
    assert!(t.find(id(1), Purpose::SignUp).await.is_none());
}

#[actix::test]
async fn a_store_without_an_answer_is_an_error_and_never_an_acceptance() {
    let t = Fixture::over(Arc::new(Faulty));
    let issue = IssueOtp { subject: phone(None), source: source(1) };
    let unsure = t.otps.ask(issue).await.err();
    assert_eq!(unsure, Some(OtpError::Backend(BackendError::OutcomeUnknown)));
}

#[derive(Message)]
#[rtype(result = "Result<(), OtpError>")]
struct Crash;

impl Handler<Crash> for OtpManager {
    type Result = Result<(), OtpError>;

    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("crash on request")
    }
}

/// Stalls on attempts, fails to confirm insertions, and knows no request.
struct Faulty;

impl OtpBackend for Faulty {
    fn insert(&self, _: NewChallenge, _: Timestamp) -> Pending<Insertion> {
        Box::pin(std::future::ready(Err(BackendError::OutcomeUnknown)))
    }

    fn attempt(&self, _: Attempt, _: Timestamp) -> Pending<VerifyOtpOutcome> {
        Box::pin(std::future::pending())
    }

    fn resend(&self, _: ChallengeId, _: CodeMac, _: Timestamp) -> Pending<Resending> {
        ready(Resending::Unknown)
    }

    fn find(&self, _: ChallengeId, _: Timestamp) -> Pending<Option<Found>> {
        ready(None)
    }

    fn sweep(&self, _: Timestamp) -> Pending<()> {
        ready(())
    }
}
