//! The actor through its handle, and the rules of an account.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::account::{PasswordChange, change_password, record_reset_link};
use super::backend::InsertOutcome;
use super::*;
use crate::backend::{BackendError, Pending};
use crate::domain::{
    EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, Timestamp, UserId,
};
use crate::runtime::{
    AskError, Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision,
    supervise,
};

/// The moment at which `ManualClock` starts.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_642_344_000_000);
const LIMITS: Limits = Limits { capacity: 8, deadline: Duration::from_secs(2) };

pub(super) fn user(id: u8, email: &str) -> User {
    User {
        id: UserId::from_bytes([id; 16]),
        email: EmailAddress::parse(email).unwrap(),
        first_name: PersonName::parse("Ann").unwrap(),
        last_name: PersonName::parse("Other").unwrap(),
        password_hash: hash("first"),
        password_version: 1,
        reset_link: None,
        phone: None,
        created_at: NOW,
    }
}

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_phc(text.to_owned())
}

pub(super) fn link(id: u8) -> ResetLink {
    let expires_at = NOW.after(Duration::from_mins(15));
    ResetLink { id: LinkId::from_bytes([id; 16]), expires_at }
}

pub(super) fn phone() -> VerifiedPhone {
    VerifiedPhone { number: PhoneNumber::parse("+2348012345678").unwrap(), verified_at: NOW }
}

/// Accounts in memory, behind a store that may hang or panic.
#[derive(Clone, Default)]
struct Moody {
    users: MemoryUsers,
    hangs: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl Moody {
    fn or<T: Send + 'static>(&self, answer: Pending<T>) -> Pending<T> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "told to panic");
        if self.hangs.load(Ordering::SeqCst) { Box::pin(pending()) } else { answer }
    }
}

impl UserBackend for Moody {
    fn insert(&self, user: User) -> Pending<InsertOutcome> {
        self.or(self.users.insert(user))
    }

    fn find(&self, id: UserId) -> Pending<Option<User>> {
        self.or(self.users.find(id))
    }

    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>> {
        self.or(self.users.find_by_email(email))
    }

    fn change_password(
        &self,
        id: UserId,
        change: PasswordChange,
        now: Timestamp,
    ) -> Pending<UpdateOutcome> {
        self.or(self.users.change_password(id, change, now))
    }

    fn record_reset_link(&self, id: UserId, link: ResetLink) -> Pending<UpdateOutcome> {
        self.or(self.users.record_reset_link(id, link))
    }

    fn record_verified_phone(&self, id: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome> {
        self.or(self.users.record_verified_phone(id, phone))
    }
}

struct Fixture {
    users: Handle<UserStore>,
    clock: ManualClock,
    store: Moody,
}

impl Fixture {
    fn start() -> Self {
        tokio::time::pause();
        let (clock, store) = (ManualClock::default(), Moody::default());
        let with =
            Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
        let users = supervise("user_store", LIMITS, with, {
            let (clock, store, random) = (clock.clone(), store.clone(), SeededRandom::new(1));
            let (clock, random) = (Arc::new(clock), Arc::new(random));
            move || UserStore::new(Arc::new(store.clone()), clock.clone(), random.clone())
        });
        Self { users, clock, store }
    }

    async fn create(&self, email: &str) -> Result<CreateUserOutcome, UserStoreError> {
        let User { email, first_name, last_name, password_hash, .. } = user(0, email);
        self.users.ask(CreateUser { email, first_name, last_name, password_hash }).await
    }

    async fn created(&self, email: &str) -> User {
        match self.create(email).await.unwrap() {
            CreateUserOutcome::Created(user) => user,
            CreateUserOutcome::EmailTaken => panic!("{email} is taken"),
        }
    }

    async fn find(&self, id: UserId) -> Option<User> {
        self.users.ask(FindUser { id }).await.unwrap()
    }

    async fn change(&self, user: &User, version: u32, authority: ResetAuthority) -> UpdateOutcome {
        let change = ChangePassword {
            id: user.id,
            password_version: version,
            authority,
            new_hash: hash("second"),
        };
        self.users.ask(change).await.unwrap()
    }
}

#[actix::test]
async fn an_account_is_created_once_and_dated_by_the_clock() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    assert_eq!((ann.created_at, ann.password_version), (t.clock.now(), 1));
    let again = t.create("ANN@example.com").await.unwrap();
    assert!(matches!(again, CreateUserOutcome::EmailTaken));
    let by_email = FindUserByEmail { email: ann.email.clone() };
    assert_eq!(t.users.ask(by_email).await.unwrap().unwrap().id, ann.id);
    assert!(t.find(UserId::from_bytes([9; 16])).await.is_none());
    assert_ne!(t.created("bob@example.com").await.id, ann.id);
}

#[actix::test]
async fn a_phone_number_is_dated_by_the_clock_and_replaced_by_the_next() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    for number in ["+2348012345678", "+14155552671"] {
        t.clock.advance(Duration::from_secs(1));
        let number = PhoneNumber::parse(number).unwrap();
        let record = RecordVerifiedPhone { id: ann.id, number: number.clone() };
        assert_eq!(t.users.ask(record).await, Ok(UpdateOutcome::Done));
        let phone = t.find(ann.id).await.unwrap().phone.unwrap();
        assert_eq!((phone.number, phone.verified_at), (number, t.clock.now()));
    }
}

#[actix::test]
async fn s_60_a_link_sets_a_password_once_within_its_time_and_only_the_newest_does() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    let by = |n| ResetAuthority::Link(link(n).id);
    for n in [1, 2] {
        t.users.ask(RecordResetLink { id: ann.id, link: link(n) }).await.unwrap();
    }
    assert_eq!(t.change(&ann, 1, by(1)).await, UpdateOutcome::Stale, "there is a newer one");
    assert_eq!(t.change(&ann, 2, by(2)).await, UpdateOutcome::Stale, "not the current password");
    assert_eq!(t.change(&ann, 1, by(2)).await, UpdateOutcome::Done);
    assert_eq!(t.change(&ann, 2, by(2)).await, UpdateOutcome::Stale, "it is spent");
    t.users.ask(RecordResetLink { id: ann.id, link: link(3) }).await.unwrap();
    t.clock.advance(Duration::from_mins(15));
    assert_eq!(t.change(&ann, 2, by(3)).await, UpdateOutcome::Stale, "its time is over");
    assert_eq!(t.find(ann.id).await.unwrap().password_version, 2);
}

#[actix::test]
async fn a_recent_sign_in_sets_a_password_and_kills_the_link() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    t.users.ask(RecordResetLink { id: ann.id, link: link(1) }).await.unwrap();
    assert_eq!(t.change(&ann, 1, ResetAuthority::RecentSignIn).await, UpdateOutcome::Done);
    let seen = t.find(ann.id).await.unwrap();
    assert_eq!((seen.reset_link, seen.password_hash.as_phc()), (None, "second"));
    assert_eq!(t.change(&ann, 1, ResetAuthority::RecentSignIn).await, UpdateOutcome::Stale);
}

#[actix::test]
async fn a_store_that_hangs_times_out_and_fills_no_more_than_the_capacity() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    t.store.hangs.store(true, Ordering::SeqCst);
    let stalled: Vec<_> = (0..LIMITS.capacity)
        .map(|_| {
            let users = t.users.clone();
            actix::spawn(async move { users.ask(FindUser { id: ann.id }).await.err() })
        })
        .collect();
    tokio::task::yield_now().await;
    let refused = t.users.ask(FindUser { id: ann.id }).await.err();
    assert_eq!(refused, Some(AskError::Overloaded("user_store").into()));
    for ask in stalled {
        assert_eq!(ask.await.unwrap(), Some(AskError::TimedOut("user_store").into()));
    }
}

#[actix::test]
async fn a_panic_costs_its_request_and_no_account() {
    let t = Fixture::start();
    let ann = t.created("ann@example.com").await;
    t.store.panics.store(true, Ordering::SeqCst);
    let lost = t.users.ask(FindUser { id: ann.id }).await.err();
    assert_eq!(lost, Some(AskError::Unavailable("user_store").into()));
    tokio::task::yield_now().await;
    assert_eq!(t.find(ann.id).await.unwrap().email, ann.email);
}

#[test]
fn errors_of_the_store_are_passed_on() {
    let error = UserStoreError::from(BackendError::OutcomeUnknown);
    assert_eq!(error, UserStoreError::Backend(BackendError::OutcomeUnknown));
}

proptest! {
    #[test]
    fn a_password_changes_only_for_the_current_version_and_a_living_newest_link(
        seen in 1_u32..4, current in 1_u32..4, newest in 0_u8..3, shown in 0_u8..3, age in 0_u64..1800,
    ) {
        let mut ann = User { password_version: current, ..user(1, "ann@example.com") };
        record_reset_link(&mut ann, link(newest));
        let change = PasswordChange {
            password_version: seen,
            authority: ResetAuthority::Link(link(shown).id),
            new_hash: hash("second"),
        };
        let outcome = change_password(&mut ann, change, NOW.after(Duration::from_secs(age)));
        let entitled = seen == current && newest == shown && age < 900;
        prop_assert_eq!(outcome == UpdateOutcome::Done, entitled);
        prop_assert_eq!(ann.password_version, current + u32::from(entitled));
        prop_assert_eq!(ann.password_hash.as_phc() == "second", entitled);
    }
}

#[test]
fn the_last_version_is_never_wrapped() {
    let mut ann = User { password_version: u32::MAX, ..user(1, "ann@example.com") };
    let change = PasswordChange {
        password_version: u32::MAX,
        authority: ResetAuthority::RecentSignIn,
        new_hash: hash("second"),
    };
    assert_eq!(change_password(&mut ann, change, NOW), UpdateOutcome::Stale);
}
