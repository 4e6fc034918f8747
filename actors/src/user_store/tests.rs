//! Tests of the actor, through its handle, and of its rules.

mod failures;
mod rules;

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::{
    EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, Timestamp, UserId,
};
use crate::runtime::{
    AskError, Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision,
    supervise,
};

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const CAPACITY: usize = 8;

/// A fixed account; each `number` is another person.
pub(super) fn user(number: u8) -> User {
    User {
        id: UserId::from_bytes([number; 16]),
        email: EmailAddress::parse(&format!("User{number}@example.com")).unwrap(),
        first_name: PersonName::parse("Jo").unwrap(),
        last_name: PersonName::parse("Doe").unwrap(),
        password_hash: PasswordHash::from_phc(format!("hash of user {number}")),
        password_version: 1,
        reset_link: None,
        phone: None,
        created_at: NOW,
    }
}

/// A link that dies 15 minutes after [`NOW`].
pub(super) fn link(number: u8) -> ResetLink {
    let expires_at = NOW.after(Duration::from_mins(15));
    ResetLink { id: LinkId::from_bytes([number; 16]), expires_at }
}

/// A change of the password that `user` has now.
pub(super) fn change(user: &User, authority: ResetAuthority) -> ChangePassword {
    ChangePassword {
        id: user.id,
        password_version: user.password_version,
        authority,
        new_hash: PasswordHash::from_phc("the new hash".to_owned()),
    }
}

struct Fixture {
    users: Handle<UserStore>,
    clock: ManualClock,
    fatal: CancellationToken,
}

impl Fixture {
    fn start(backend: impl UserBackend) -> Self {
        let backend: Arc<dyn UserBackend> = Arc::new(backend);
        let clock = ManualClock::default();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let random = Arc::new(SeededRandom::new(1));
        let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
        let fatal = CancellationToken::new();
        let supervision = Supervision { budget: RestartBudget::default(), fatal: fatal.clone() };
        let users = supervise("user_store", limits, supervision, move || {
            UserStore::new(Arc::clone(&backend), Arc::clone(&shared), random.clone())
        });
        Self { users, clock, fatal }
    }

    async fn create(&self, number: u8) -> Result<User, UserStoreError> {
        let User { email, first_name, last_name, password_hash, .. } = user(number);
        let create = CreateUser { email, first_name, last_name, password_hash };
        match self.users.ask(create).await? {
            CreateUserOutcome::Created(user) => Ok(user),
            CreateUserOutcome::EmailTaken => panic!("the address should be free"),
        }
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, UserStoreError> {
        self.users.ask(FindUser { id }).await
    }
}

#[actix::test]
async fn a_new_account_gets_an_id_of_its_own_and_the_present_time() {
    let t = Fixture::start(MemoryUsers::default());
    let first = t.create(1).await.unwrap();
    t.clock.advance(Duration::from_secs(5));
    let second = t.create(2).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(second.created_at.since(first.created_at), Duration::from_secs(5));
    assert_eq!((first.password_version, first.reset_link), (1, None));
    assert!(first.phone.is_none());
    let found = t.find(first.id).await.unwrap().unwrap();
    assert!(found.email == user(1).email && found.first_name == user(1).first_name);
    assert_eq!(found.password_hash.as_phc(), user(1).password_hash.as_phc());
}

#[actix::test]
async fn an_address_in_another_spelling_is_taken() {
    // S-43.
    let t = Fixture::start(MemoryUsers::default());
    let created = t.create(1).await.unwrap();
    let email = EmailAddress::parse("USER1@EXAMPLE.COM").unwrap();
    let User { first_name, last_name, password_hash, .. } = user(2);
    let again = CreateUser { email: email.clone(), first_name, last_name, password_hash };
    let outcome = t.users.ask(again).await.unwrap();
    assert!(matches!(outcome, CreateUserOutcome::EmailTaken));
    let found = t.users.ask(FindUserByEmail { email }).await.unwrap().unwrap();
    assert_eq!(found.id, created.id);
    assert_eq!(found.password_hash.as_phc(), user(1).password_hash.as_phc());
}

#[actix::test]
async fn nobody_is_a_value() {
    let t = Fixture::start(MemoryUsers::default());
    assert!(t.find(user(1).id).await.unwrap().is_none());
    let email = user(1).email;
    assert!(t.users.ask(FindUserByEmail { email }).await.unwrap().is_none());
}

#[actix::test]
async fn a_link_dies_by_the_clock_of_the_actor() {
    // S-60.
    let t = Fixture::start(MemoryUsers::default());
    let user = t.create(1).await.unwrap();
    let record = |id| {
        let expires_at = t.clock.now().after(Duration::from_mins(15));
        RecordResetLink { id, link: ResetLink { id: link(5).id, expires_at } }
    };
    assert_eq!(t.users.ask(record(user.id)).await, Ok(UpdateOutcome::Done));
    t.clock.advance(Duration::from_mins(15));
    let by_link = || change(&user, ResetAuthority::Link(link(5).id));
    assert_eq!(t.users.ask(by_link()).await, Ok(UpdateOutcome::Stale));
    assert_eq!(t.users.ask(record(user.id)).await, Ok(UpdateOutcome::Done));
    assert_eq!(t.users.ask(by_link()).await, Ok(UpdateOutcome::Done));
    assert_eq!(t.users.ask(by_link()).await, Ok(UpdateOutcome::Stale));
    assert_eq!(t.find(user.id).await.unwrap().unwrap().password_version, 2);
}

#[actix::test]
async fn a_verified_number_is_stored_with_the_present_time() {
    let t = Fixture::start(MemoryUsers::default());
    let id = t.create(1).await.unwrap().id;
    t.clock.advance(Duration::from_mins(1));
    let number = PhoneNumber::parse("+2348012345678").unwrap();
    let record = |id| RecordVerifiedPhone { id, number: number.clone() };
    assert_eq!(t.users.ask(record(id)).await, Ok(UpdateOutcome::Done));
    let phone = VerifiedPhone { number: number.clone(), verified_at: t.clock.now() };
    assert_eq!(t.find(id).await.unwrap().unwrap().phone, Some(phone));
    assert_eq!(t.users.ask(record(user(9).id)).await, Ok(UpdateOutcome::Stale));
}

#[test]
fn the_handle_crosses_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn actor<A: Actor>() {}
    shared::<Handle<UserStore>>();
    actor::<UserStore>();
}
