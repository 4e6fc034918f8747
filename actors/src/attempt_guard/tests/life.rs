//! Restarts, panics, overload and a store that does not answer.

use actix::{Handler, Message};

use super::SignInAdmission::Admitted;
use super::TryResult::{Right, Wrong};
use super::*;
use crate::embedded::Store;
use crate::runtime::AskError;

const HOME: &str = "192.0.2.1";

#[derive(Message)]
#[rtype(result = "Result<(), GuardError>")]
struct Crash;

impl Handler<Crash> for AttemptGuard {
    type Result = Result<(), GuardError>;

    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("crash on request")
    }
}

fn wrong() -> SettleSignIn {
    SettleSignIn { email: jo(), ip: addr(HOME), result: Wrong }
}

const UNAVAILABLE: GuardError = GuardError::Backend(BackendError::Unavailable);

#[actix::test]
async fn a_restart_keeps_settled_failures_and_forgets_unsettled_tries_s53() {
    let t = Fixture::start();
    t.fail(HOME, 4).await;
    assert_eq!(t.admit(HOME).await, Admitted);
    assert_eq!(t.admit(HOME).await, delayed(1));
    let t = t.restarted();
    assert_eq!(t.sign_in(HOME, Wrong).await, 4);
    let t = t.restarted();
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn a_restart_keeps_known_addresses_and_successes() {
    let t = Fixture::start();
    t.fail(HOME, 3).await;
    t.sign_in(HOME, Right).await;
    t.fail("198.51.100.1", 10).await;
    let t = t.restarted();
    assert_eq!(t.admit("203.0.113.1").await, delayed(32));
    assert_eq!(t.admit(HOME).await, Admitted);
}

#[actix::test]
async fn a_panic_costs_its_message_and_no_settled_failure() {
    let t = Fixture::start();
    t.fail(HOME, 6).await;
    let lost = GuardError::Ask(AskError::Unavailable("attempt_guard"));
    assert_eq!(t.guard.ask(Crash).await, Err(lost));
    settled().await;
    assert_eq!(t.admit(HOME).await, delayed(2));
    assert!(!t.fatal.is_cancelled());
}

#[actix::test]
async fn a_guard_without_its_counters_refuses_until_it_has_them() {
    let t = Fixture::start();
    t.fail(HOME, 6).await;
    t.journal.set(FAILING);
    let t = t.restarted();
    let admit = || t.guard.ask(AdmitSignIn { email: jo(), ip: addr(HOME) });
    assert_eq!(admit().await, Err(UNAVAILABLE));
    t.journal.set(WORKING);
    assert_eq!(admit().await, Err(UNAVAILABLE));
    timers(Duration::from_secs(2)).await;
    assert_eq!(admit().await, Ok(delayed(2)));
}

#[actix::test]
async fn a_guard_whose_counters_are_unreadable_never_starts_from_zero() {
    let t = Fixture::start();
    settled().await;
    t.journal.set(CORRUPT);
    let t = t.restarted();
    let unreadable = Err(GuardError::Backend(BackendError::Corrupt));
    assert_eq!(t.guard.ask(AdmitSignIn { email: jo(), ip: addr(HOME) }).await, unreadable);
    timers(HOUR).await;
    assert_eq!(t.guard.ask(AdmitSignIn { email: jo(), ip: addr(HOME) }).await, unreadable);
}

#[actix::test]
async fn a_failure_that_the_store_did_not_take_counts_all_the_same() {
    let t = Fixture::start();
    settled().await;
    t.journal.set(FAILING);
    for _ in 0..5 {
        assert_eq!(t.admit(HOME).await, Admitted);
        assert_eq!(t.guard.ask(wrong()).await, Err(UNAVAILABLE));
    }
    assert_eq!(t.admit(HOME).await, delayed(1));
}

#[actix::test]
async fn a_stalled_store_times_out_the_writer_and_nobody_else() {
    let t = Fixture::start();
    t.fail(HOME, 4).await;
    t.journal.set(STALLED);
    assert_eq!(t.admit(HOME).await, Admitted);
    let late = GuardError::Ask(AskError::TimedOut("attempt_guard"));
    assert_eq!(t.guard.ask(wrong()).await, Err(late));
    assert_eq!(t.admit(HOME).await, delayed(1), "served, and the failure counts");
}

#[actix::test]
async fn one_message_above_the_capacity_is_refused_at_once() {
    let t = Fixture::start();
    settled().await;
    t.journal.set(STALLED);
    let waiting: Vec<_> = (0..CAPACITY)
        .map(|_| {
            let guard = t.guard.clone();
            actix::spawn(async move { guard.ask(wrong()).await })
        })
        .collect();
    settled().await;
    let full = GuardError::Ask(AskError::Overloaded("attempt_guard"));
    assert_eq!(t.guard.ask(wrong()).await, Err(full));
    for answer in waiting {
        let late = GuardError::Ask(AskError::TimedOut("attempt_guard"));
        assert_eq!(answer.await.unwrap(), Err(late));
    }
}

#[actix::test]
async fn expired_records_leave_memory_and_the_store() {
    let t = Fixture::start();
    t.fail(HOME, 3).await;
    t.guard.ask(AllowSignUpNotice { email: jo() }).await.unwrap();
    assert_eq!(t.backend.len(), Ok(3));
    t.advance(HOUR);
    timers(Duration::from_secs(1)).await;
    assert_eq!(t.backend.len(), Ok(2));
    t.advance(11 * HOUR);
    timers(Duration::from_secs(1)).await;
    assert_eq!(t.backend.len(), Ok(0));
    assert_eq!(t.journal.load().await, Ok(Vec::new()));
}

#[actix::test]
async fn a_success_leaves_nothing_but_the_known_address() {
    let t = Fixture::start();
    t.fail(HOME, 3).await;
    t.sign_in(HOME, Right).await;
    assert_eq!(t.backend.len(), Ok(1));
    assert_eq!(t.journal.load().await.unwrap().len(), 1);
}

/// Lets the timers of the next while fire; tokio rounds them up to a millisecond.
async fn timers(of: Duration) {
    tokio::time::advance(of + MILLISECOND).await;
    settled().await;
}

/// Time is not paused: the store works on real threads.
#[actix::test]
async fn a_failure_is_in_the_embedded_store_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, fatal) = (ManualClock::default(), CancellationToken::new());
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    for failures in 0..3 {
        let backend = Arc::new(EmbeddedGuard::open(LIMITED, &store));
        let guard = launch(backend, &clock, &fatal);
        let admit = AdmitSignIn { email: jo(), ip: addr(HOME) };
        assert_eq!(guard.ask(admit).await, Ok(Admitted));
        let failures_before = failures;
        assert_eq!(guard.ask(wrong()).await, Ok(SignInRecord { failures_before }));
    }
}

/// The write is still queued when the actor dies; its successor's load waits for it.
#[actix::test]
async fn a_panic_loses_no_failure_that_was_on_its_way_to_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, fatal) = (ManualClock::default(), CancellationToken::new());
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let guard = launch(Arc::new(EmbeddedGuard::open(LIMITED, &store)), &clock, &fatal);
    let asks = (guard.ask(wrong()), guard.ask(wrong()), guard.ask(Crash));
    let (_, _, crash) = futures_util::future::join3(asks.0, asks.1, asks.2).await;
    assert_eq!(crash, Err(GuardError::Ask(AskError::Unavailable("attempt_guard"))));
    settled().await;
    assert_eq!(guard.ask(wrong()).await, Ok(SignInRecord { failures_before: 2 }));
}
