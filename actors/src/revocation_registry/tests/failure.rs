//! A store that fails or stalls, a crowd, a crash.

use actix::{Handler, Message};
use std::sync::Mutex;
use tokio::sync::Semaphore;

use super::*;
use crate::backend::{BackendError, Pending};
use crate::domain::Timestamp;
use crate::revocation_registry::backend::{Opened, Refreshed, Revoked};
use crate::runtime::AskError;

/// How the store behaves, until told otherwise.
#[derive(Clone)]
enum Mode {
    Works,
    /// Does nothing at all, and says so.
    Fails,
    /// Writes, but cannot say so.
    LosesReplies,
    /// Does what it is asked, and answers when a permit is there.
    Holds(Arc<Semaphore>),
    /// Writes nothing, and says so.
    ReadsOnly,
}

struct Faulty {
    inner: MemorySessions,
    mode: Mutex<Mode>,
}

impl Faulty {
    fn new() -> Arc<Self> {
        Arc::new(Self { inner: MemorySessions::default(), mode: Mutex::new(Mode::Works) })
    }

    fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    fn mode(&self) -> Mode {
        self.mode.lock().unwrap().clone()
    }

    fn write<T: Send + 'static>(&self, run: impl FnOnce() -> Pending<T>) -> Pending<T> {
        match self.mode() {
            Mode::ReadsOnly => Box::pin(async { Err(BackendError::Unavailable) }),
            Mode::LosesReplies => {
                drop(run());
                Box::pin(async { Err(BackendError::OutcomeUnknown) })
            }
            _ => self.read(run),
        }
    }

    fn read<T: Send + 'static>(&self, run: impl FnOnce() -> Pending<T>) -> Pending<T> {
        match self.mode() {
            Mode::Works | Mode::ReadsOnly | Mode::LosesReplies => run(),
            Mode::Fails => Box::pin(async { Err(BackendError::Unavailable) }),
            Mode::Holds(permits) => {
                let answer = run();
                Box::pin(async move {
                    permits.acquire().await.unwrap().forget();
                    answer.await
                })
            }
        }
    }
}

impl SessionBackend for Faulty {
    fn open(
        &self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Opened> {
        self.write(|| self.inner.open(new, least_epoch, rules, now))
    }

    fn refresh(
        &self,
        session: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Refreshed> {
        self.write(|| self.inner.refresh(session, generation, rules, now))
    }

    fn revoke(
        &self,
        session: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Option<Revoked>> {
        self.write(|| self.inner.revoke(session, rules, now))
    }

    fn is_live(&self, token: SessionRef, rules: SessionRules, now: Timestamp) -> Pending<bool> {
        self.read(|| self.inner.is_live(token, rules, now))
    }

    fn epoch(&self, user: UserId) -> Pending<u32> {
        self.read(|| self.inner.epoch(user))
    }

    fn raise_epoch(&self, user: UserId, rules: SessionRules, now: Timestamp) -> Pending<u32> {
        self.write(|| self.inner.raise_epoch(user, rules, now))
    }

    fn sweep(&self, rules: SessionRules, now: Timestamp, limit: usize) -> Pending<bool> {
        self.write(|| self.inner.sweep(rules, now, limit))
    }

    fn load_into(&self, index: Arc<RevocationIndex>, now: Timestamp) -> Pending<()> {
        self.read(|| self.inner.load_into(index, now))
    }
}

#[derive(Message)]
#[rtype(result = "Result<(), RevocationError>")]
struct Crash;
impl Handler<Crash> for RevocationRegistry {
    type Result = Result<(), RevocationError>;
    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("crash on request")
    }
}

fn faulty() -> (Arc<Faulty>, Fixture) {
    let backend = Faulty::new();
    (backend.clone(), Fixture::over(rules(), backend))
}

const UNAVAILABLE: RevocationError = RevocationError::Backend(BackendError::Unavailable);
const UNKNOWN: RevocationError = RevocationError::Backend(BackendError::OutcomeUnknown);

#[actix::test]
async fn a_store_that_fails_is_an_error_and_no_answer_s_41() {
    let (backend, t) = faulty();
    let session = t.open(1).await.unwrap();
    backend.set(Mode::Fails);
    assert_eq!(t.open(1).await, Err(UNAVAILABLE));
    assert_eq!(t.refresh(&session, 0).await, Err(UNAVAILABLE));
    assert_eq!(t.revoke_account(1).await, Err(UNAVAILABLE));
    assert_eq!(t.confirm(&session).await, Err(UNAVAILABLE));
    assert_eq!(t.standing(&session).await, Ok(Standing::Good), "nothing was changed");
    assert_eq!(t.revoke(&session).await, Err(UNAVAILABLE));
}

#[actix::test]
async fn a_sign_out_that_fails_is_refused_here_and_can_be_repeated() {
    let (backend, t) = faulty();
    for (mode, failure, outcome) in [
        (Mode::Fails, UNAVAILABLE, RevokeOutcome::Revoked),
        (Mode::LosesReplies, UNKNOWN, RevokeOutcome::AlreadyDead),
    ] {
        let session = t.open(1).await.unwrap();
        backend.set(mode);
        assert_eq!(t.revoke(&session).await, Err(failure));
        backend.set(Mode::Works);
        assert_eq!(t.standing(&session).await, Ok(Standing::Revoked));
        assert_eq!(t.refresh(&session, 0).await, Ok(RefreshOutcome::Dead));
        assert_eq!(t.revoke(&session).await, Ok(outcome));
    }
}

#[actix::test]
async fn an_account_s_revocation_that_fails_leaves_nothing_standing_and_nobody_locked_out() {
    let (backend, t) = faulty();
    for (n, mode, failure) in [(1, Mode::ReadsOnly, UNAVAILABLE), (2, Mode::LosesReplies, UNKNOWN)]
    {
        let old = t.open(n).await.unwrap();
        backend.set(mode);
        assert_eq!(t.revoke_account(n).await, Err(failure));
        backend.set(Mode::Works);
        let new = t.open(n).await.unwrap();
        assert_eq!(t.standing(&new).await, Ok(Standing::Good));
        assert!(matches!(t.refresh(&new, 0).await, Ok(RefreshOutcome::Live(_))));
        t.revoke_account(n).await.unwrap();
        assert_eq!(t.standing(&old).await, Ok(Standing::Revoked));
        assert_eq!(t.standing(&new).await, Ok(Standing::Revoked));
        let newest = t.open(n).await.unwrap();
        assert_eq!(t.standing(&newest).await, Ok(Standing::Good));
    }
}

#[actix::test]
async fn a_sign_in_finishes_the_account_s_revocation_that_failed() {
    let (backend, t) = faulty();
    let old = t.open(1).await.unwrap();
    backend.set(Mode::ReadsOnly);
    assert_eq!(t.revoke_account(1).await, Err(UNAVAILABLE));
    assert_eq!(t.standing(&old).await, Ok(Standing::Revoked), "refused before the store is asked");
    assert_eq!(t.refresh(&old, 0).await, Ok(RefreshOutcome::Dead));
    assert_eq!(t.confirm(&old).await, Ok(Standing::Revoked), "though the store knows better");
    backend.set(Mode::Works);
    t.open(1).await.unwrap();
    let restarted = t.restart(rules(), backend, 2).await;
    assert_eq!(restarted.standing(&old).await, Ok(Standing::Revoked), "durable now");
}

#[actix::test]
async fn readers_refuse_before_a_sign_out_is_durable_s_35() {
    let (backend, t) = faulty();
    let session = t.open(1).await.unwrap();
    let permits = Arc::new(Semaphore::new(0));
    backend.set(Mode::Holds(Arc::clone(&permits)));
    let mut revoking = Box::pin(t.revoke(&session));
    assert!(futures_util::poll!(&mut revoking).is_pending());
    tokio::task::yield_now().await;
    assert_eq!(t.standing(&session).await, Ok(Standing::Revoked));
    permits.add_permits(1);
    assert_eq!(revoking.await, Ok(RevokeOutcome::Revoked));
}

#[actix::test]
async fn a_refresh_under_way_is_dead_when_its_session_is_revoked_s_32() {
    let (backend, t) = faulty();
    let session = t.open(1).await.unwrap();
    let permits = Arc::new(Semaphore::new(0));
    backend.set(Mode::Holds(Arc::clone(&permits)));
    let mut refreshing = Box::pin(t.refresh(&session, 0));
    assert!(futures_util::poll!(&mut refreshing).is_pending());
    tokio::task::yield_now().await;
    backend.set(Mode::Works);
    assert_eq!(t.revoke(&session).await, Ok(RevokeOutcome::Revoked));
    permits.add_permits(1);
    assert_eq!(refreshing.await, Ok(RefreshOutcome::Dead));
}

#[actix::test]
async fn of_two_revocations_of_an_account_at_once_the_later_one_counts() {
    let (backend, t) = faulty();
    let permits = Arc::new(Semaphore::new(0));
    backend.set(Mode::Holds(Arc::clone(&permits)));
    let mut later = Box::pin(t.revoke_account(1));
    assert!(futures_util::poll!(&mut later).is_pending());
    tokio::task::yield_now().await; // it has read the epoch
    backend.set(Mode::Works);
    t.revoke_account(1).await.unwrap();
    let between = t.open(1).await.unwrap();
    assert_eq!(t.standing(&between).await, Ok(Standing::Good));
    permits.add_permits(1);
    later.await.unwrap();
    assert_eq!(t.standing(&between).await, Ok(Standing::Revoked));
}

#[actix::test]
async fn one_message_too_many_is_refused_at_once_and_the_others_are_answered() {
    let (backend, t) = faulty();
    let permits = Arc::new(Semaphore::new(0));
    backend.set(Mode::Holds(Arc::clone(&permits)));
    let mut waiting: Vec<_> = (0..CAPACITY).map(|_| Box::pin(t.open(1))).collect();
    for opening in &mut waiting {
        assert!(futures_util::poll!(opening).is_pending());
    }
    assert_eq!(t.open(1).await, Err(AskError::Overloaded("registry").into()));
    permits.add_permits(CAPACITY);
    for opening in waiting {
        assert!(opening.await.is_ok());
    }
}

#[actix::test]
async fn a_stalled_store_times_out_and_the_next_request_is_served() {
    let (backend, t) = faulty();
    backend.set(Mode::Holds(Arc::new(Semaphore::new(0))));
    assert_eq!(t.open(1).await, Err(AskError::TimedOut("registry").into()));
    backend.set(Mode::Works);
    assert!(t.open(1).await.is_ok());
}

#[actix::test]
async fn a_stalled_sweep_is_not_joined_by_a_second_one() {
    let (backend, t) = faulty();
    let permits = Arc::new(Semaphore::new(0));
    backend.set(Mode::Holds(Arc::clone(&permits)));
    while Arc::strong_count(&permits) < 3 {
        t.advance(Duration::from_mins(1)).await;
    }
    for _ in 0..100 {
        t.advance(Duration::from_mins(1)).await;
    }
    assert_eq!(Arc::strong_count(&permits), 3, "held by the test, the mode, and one sweep");
}

#[actix::test]
async fn a_crash_costs_one_message_and_no_state() {
    let t = Fixture::start();
    let (signed_out, session) = (t.open(1).await.unwrap(), t.open(1).await.unwrap());
    t.revoke(&signed_out).await.unwrap();
    assert_eq!(t.registry.ask(Crash).await, Err(AskError::Unavailable("registry").into()));
    tokio::task::yield_now().await;
    assert_eq!(t.standing(&signed_out).await, Ok(Standing::Revoked));
    assert_eq!(t.refresh(&signed_out, 0).await, Ok(RefreshOutcome::Dead));
    assert!(matches!(t.refresh(&session, 0).await, Ok(RefreshOutcome::Live(_))));
    assert!(!t.fatal.is_cancelled());
}
