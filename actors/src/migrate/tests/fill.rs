//! One of everything, and more accounts than fit two pages.

use std::net::IpAddr;
use std::time::Duration;

use crate::attempt_guard::{Budget, EmbeddedGuard, GuardBackend, GuardRules, TryResult};
use crate::domain::{
    Client, EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, SessionId, Timestamp,
    UserAgent, UserId,
};
use crate::embedded::Store;
use crate::migrate::{AsOf, Movable};
use crate::revocation_registry::{
    EmbeddedSessions, NewSession, SessionBackend, SessionRef, SessionRules,
};
use crate::runtime::{Clock, SystemClock};
use crate::user_store::{EmbeddedUsers, ResetLink, User, VerifiedPhone};

pub(super) const PEOPLE: u64 = 450;
const DAY: Duration = Duration::from_hours(24);

/// What the tests look for.
pub(super) struct Filled {
    pub(super) live: SessionRef,
    pub(super) ended: SessionRef,
    pub(super) raised: UserId,
}

/// The real one: expired documents are removed by the server, by its own clock.
pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

pub(super) fn rules() -> SessionRules {
    SessionRules {
        refresh_ttl: 30 * DAY,
        refresh_idle: 7 * DAY,
        access_ttl: Duration::from_mins(15),
        max_per_account: 10,
        rotation: false,
        reuse_window: Duration::from_secs(10),
    }
}

/// With every field, and the same each time.
pub(super) fn person(number: u16) -> User {
    let [high, low] = number.to_be_bytes();
    let at = Timestamp::from_secs(1_700_000_000 + u64::from(number));
    User {
        id: UserId::from_bytes([low, high, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
        email: EmailAddress::parse(&format!("User{number}@Example.com")).unwrap(),
        first_name: PersonName::parse("Jo").unwrap(),
        last_name: PersonName::parse("Doe").unwrap(),
        password_hash: PasswordHash::from_phc(format!("hash of user {number}")),
        password_version: 3,
        reset_link: Some(ResetLink { id: LinkId::from_bytes([high; 16]), expires_at: at }),
        phone: (number % 2 == 1).then(|| VerifiedPhone {
            number: PhoneNumber::parse("+2348031234567").unwrap(),
            verified_at: at,
        }),
        created_at: at,
    }
}

pub(super) async fn fill(store: &Store) -> Filled {
    let users = EmbeddedUsers::open(store).await.unwrap();
    let people = (1..=u16::try_from(PEOPLE).unwrap()).map(person).collect();
    users.put(people, AsOf { now: now(), sessions: rules() }).await.unwrap();
    fill_counters(store).await;
    fill_sessions(store).await
}

/// One account with a live and an ended session, one with a session of a second epoch, and one
/// with nothing but an epoch.
async fn fill_sessions(store: &Store) -> Filled {
    let sessions = EmbeddedSessions::open(store).await.unwrap();
    let [first, second, third] = [1, 2, 3].map(|number| person(number).id);
    let live = open(&sessions, first, 1).await;
    let ended = open(&sessions, first, 2).await;
    sessions.revoke(ended, rules(), now()).await.unwrap();
    for user in [second, third] {
        sessions.raise_epoch(user, rules(), now()).await.unwrap();
    }
    open(&sessions, second, 3).await;
    Filled { live, ended, raised: third }
}

async fn open(sessions: &EmbeddedSessions, user_id: UserId, number: u8) -> SessionRef {
    let client = Client { ip: ip(number), user_agent: UserAgent::sanitise("Firefox") };
    let id = SessionId::from_bytes([number; 16]);
    let new = NewSession { id, user_id, client, is_first: false };
    let opened = sessions.open(new, 0, rules(), now()).await.unwrap().session;
    SessionRef { id: opened.id, user_id, epoch: opened.epoch }
}

/// Failures of an account and of an address without one, a known address, a budget and a notice.
async fn fill_counters(store: &Store) {
    let guard = EmbeddedGuard::open(GuardRules { limit_sign_in: true }, store);
    guard.load().await.unwrap();
    let (owner, nobody) = (person(1), person(60_001).email);
    for (email, result) in [
        (&owner.email, TryResult::Right),
        (&owner.email, TryResult::Wrong),
        (&nobody, TryResult::Wrong),
    ] {
        guard.admit_sign_in(email, ip(1), now()).await.unwrap();
        guard.settle_sign_in(email, ip(1), result, now()).await.unwrap();
    }
    let budget = Budget::Account(owner.id);
    for _ in 0..3 {
        guard.admit_guess(&budget, now()).await.unwrap();
        guard.settle_guess(&budget, TryResult::Wrong, now()).await.unwrap();
    }
    assert!(guard.allow_notice(&owner.email, now()).await.unwrap());
}

fn ip(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}
