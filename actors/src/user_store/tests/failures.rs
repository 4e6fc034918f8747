//! What a failing, stalled or panicking backend costs, and what a restart loses.

use actix::{Handler, Message};
use tokio::sync::Notify;

use super::super::backend::InsertOutcome;
use super::*;
use crate::backend::{BackendError, Pending};
use crate::embedded::Store;

/// Accounts in memory, except for three ids that mean trouble.
#[derive(Clone, Default)]
struct Troubled {
    users: MemoryUsers,
    release: Arc<Notify>,
}

/// Whoever looks for it waits until the backend is released.
const STALLS: UserId = UserId::from_bytes([0xA1; 16]);
/// Whoever looks for it meets a panic while the answer is awaited.
const PANICS: UserId = UserId::from_bytes([0xA2; 16]);
/// Whoever looks for it is told that the store is not available.
const FAILS: UserId = UserId::from_bytes([0xA3; 16]);

impl UserBackend for Troubled {
    fn insert(&self, user: User) -> Pending<InsertOutcome> {
        self.users.insert(user)
    }

    fn find(&self, id: UserId) -> Pending<Option<User>> {
        let this = self.clone();
        Box::pin(async move {
            match id {
                STALLS => this.release.notified().await,
                PANICS => panic!("as ordered"),
                FAILS => return Err(BackendError::Unavailable),
                _ => {}
            }
            this.users.find(id).await
        })
    }

    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>> {
        self.users.find_by_email(email)
    }

    fn change_password(&self, change: ChangePassword, now: Timestamp) -> Pending<UpdateOutcome> {
        self.users.change_password(change, now)
    }

    fn replace_password_hash(&self, replacement: ReplacePasswordHash) -> Pending<UpdateOutcome> {
        self.users.replace_password_hash(replacement)
    }

    fn record_reset_link(&self, id: UserId, link: ResetLink) -> Pending<UpdateOutcome> {
        self.users.record_reset_link(id, link)
    }

    fn record_verified_phone(&self, id: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome> {
        self.users.record_verified_phone(id, phone)
    }
}

#[derive(Message)]
#[rtype(result = "Result<(), UserStoreError>")]
struct Crash;

impl Handler<Crash> for UserStore {
    type Result = Result<(), UserStoreError>;

    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("as ordered")
    }
}

#[actix::test]
async fn a_failing_backend_is_told_apart_from_nobody() {
    let t = Fixture::start(Troubled::default());
    let unavailable = UserStoreError::Backend(BackendError::Unavailable);
    assert_eq!(t.find(FAILS).await.err(), Some(unavailable));
    assert!(t.find(user(1).id).await.unwrap().is_none());
}

#[actix::test]
async fn a_stalled_backend_times_out_and_the_next_request_is_served() {
    tokio::time::pause();
    let t = Fixture::start(Troubled::default());
    let created = t.create(1).await.unwrap();
    let timed_out = UserStoreError::Ask(AskError::TimedOut("user_store"));
    assert_eq!(t.find(STALLS).await.err(), Some(timed_out));
    assert!(t.find(created.id).await.unwrap().is_some());
}

#[actix::test]
async fn one_request_too_many_is_refused_at_once_and_the_others_are_answered() {
    let backend = Troubled::default();
    let t = Fixture::start(backend.clone());
    let ask = |_| {
        let users = t.users.clone();
        actix::spawn(async move { users.ask(FindUser { id: STALLS }).await })
    };
    let waiting: Vec<_> = (0..CAPACITY).map(ask).collect();
    tokio::task::yield_now().await;
    let overloaded = UserStoreError::Ask(AskError::Overloaded("user_store"));
    assert_eq!(t.find(user(1).id).await.err(), Some(overloaded));
    backend.release.notify_waiters();
    for answer in waiting {
        assert!(matches!(answer.await.unwrap(), Ok(None)));
    }
    assert!(t.find(user(1).id).await.unwrap().is_none());
}

#[actix::test]
async fn a_panic_costs_that_request_only() {
    let t = Fixture::start(Troubled::default());
    let created = t.create(1).await.unwrap();
    let unavailable = UserStoreError::Ask(AskError::Unavailable("user_store"));
    assert_eq!(t.find(PANICS).await.err(), Some(unavailable));
    assert!(t.find(created.id).await.unwrap().is_some());
    assert!(!t.fatal.is_cancelled());
}

#[actix::test]
async fn a_restart_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let t = Fixture::start(EmbeddedUsers::open(&store).await.unwrap());
    let created = t.create(1).await.unwrap();
    let unavailable = UserStoreError::Ask(AskError::Unavailable("user_store"));
    assert_eq!(t.users.ask(Crash).await, Err(unavailable));
    tokio::task::yield_now().await;
    let found = t.find(created.id).await.unwrap().unwrap();
    assert!(found.email == created.email);
    assert_ne!(t.create(2).await.unwrap().id, created.id);
}

#[actix::test]
async fn an_id_that_comes_up_twice_creates_nobody() {
    // Two actors that draw the same numbers: what a broken generator would do.
    let backend = MemoryUsers::default();
    let (one, other) = (Fixture::start(backend.clone()), Fixture::start(backend));
    let created = one.create(1).await.unwrap();
    let unavailable = UserStoreError::Backend(BackendError::Unavailable);
    assert_eq!(other.create(2).await.err(), Some(unavailable));
    assert!(one.find(created.id).await.unwrap().unwrap().email == created.email);
    assert_ne!(other.create(2).await.unwrap().id, created.id);
}
