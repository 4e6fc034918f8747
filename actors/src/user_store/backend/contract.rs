//! What every backend must do, as tests that run on each of them.

use std::time::Duration;

use futures_util::future::join_all;

use super::{InsertOutcome, UserBackend};
use crate::domain::{EmailAddress, LinkId, PasswordHash, PhoneNumber, Timestamp, UserId};
use crate::user_store::tests::{NOW, change, link, user};
use crate::user_store::{ReplacePasswordHash, ResetAuthority, UpdateOutcome, User, VerifiedPhone};

/// One test per function below, on the backend that `$make` resolves to, together with whatever
/// must outlive it; `None` leaves the test out.
macro_rules! contract {
    ($make:path) => {
        $crate::user_store::backend::contract::contract! { $make =>
            an_account_is_found_by_id_and_by_any_spelling_of_its_address
            nobody_is_found_where_nobody_is
            of_parallel_inserts_of_one_address_one_succeeds
            an_id_is_never_given_twice
            every_field_survives_storage
            the_newest_link_changes_the_password_once
            of_parallel_changes_with_one_link_one_succeeds
            an_expired_link_changes_nothing
            an_older_link_is_dead
            a_recent_sign_in_changes_the_password_it_saw_and_kills_the_link
            a_better_hash_replaces_only_the_one_it_was_made_for
            of_parallel_replacements_of_one_hash_one_succeeds
            an_account_that_is_gone_is_stale
            accounts_do_not_share_anything
        }
    };
    ($make:path => $($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some((backend, _kept)) = $make().await else { return };
            $crate::user_store::backend::contract::$name(&backend).await;
        })*
    };
}
pub(super) use contract;

async fn stored(backend: &impl UserBackend, number: u8) -> User {
    let user = user(number);
    assert_eq!(backend.insert(user.clone()).await, Ok(InsertOutcome::Inserted));
    user
}

async fn found(backend: &impl UserBackend, id: UserId) -> User {
    backend.find(id).await.unwrap().expect("the account should be there")
}

pub(super) async fn an_account_is_found_by_id_and_by_any_spelling_of_its_address(
    backend: &impl UserBackend,
) {
    let user = stored(backend, 1).await;
    assert!(found(backend, user.id).await.email == user.email);
    for spelling in ["User1@example.com", "user1@EXAMPLE.com"] {
        let email = EmailAddress::parse(spelling).unwrap();
        let found = backend.find_by_email(email).await.unwrap().unwrap();
        assert_eq!(found.id, user.id);
        assert_eq!(found.email.deliverable(), "User1@example.com");
    }
}

pub(super) async fn nobody_is_found_where_nobody_is(backend: &impl UserBackend) {
    stored(backend, 1).await;
    assert!(backend.find(user(2).id).await.unwrap().is_none());
    assert!(backend.find_by_email(user(2).email).await.unwrap().is_none());
}

/// S-43.
pub(super) async fn of_parallel_inserts_of_one_address_one_succeeds(backend: &impl UserBackend) {
    let inserts = (0..32).map(|number| {
        let spelling = if number % 2 == 0 { "JO@example.com" } else { "jo@Example.com" };
        let email = EmailAddress::parse(spelling).unwrap();
        backend.insert(User { email, ..user(number) })
    });
    let outcomes: Vec<_> = join_all(inserts).await.into_iter().map(Result::unwrap).collect();
    let winner = outcomes.iter().position(|o| *o == InsertOutcome::Inserted).unwrap();
    for (number, outcome) in (0..).zip(&outcomes) {
        let won = usize::from(number) == winner;
        assert_eq!(*outcome == InsertOutcome::EmailTaken, !won);
        assert_eq!(backend.find(user(number).id).await.unwrap().is_some(), won);
    }
}

pub(super) async fn an_id_is_never_given_twice(backend: &impl UserBackend) {
    let first = stored(backend, 1).await;
    let second = User { id: first.id, ..user(2) };
    assert_eq!(backend.insert(second).await, Ok(InsertOutcome::IdTaken));
    assert!(found(backend, first.id).await.email == first.email);
    assert!(backend.find_by_email(user(2).email).await.unwrap().is_none());
}

pub(super) async fn every_field_survives_storage(backend: &impl UserBackend) {
    let before = User {
        password_version: 7,
        reset_link: Some(link(3)),
        phone: Some(VerifiedPhone {
            number: PhoneNumber::parse("+2348012345678").unwrap(),
            verified_at: NOW,
        }),
        ..user(1)
    };
    assert_eq!(backend.insert(before.clone()).await, Ok(InsertOutcome::Inserted));
    assert_same(&before, &found(backend, before.id).await);
}

fn assert_same(a: &User, b: &User) {
    assert_eq!((a.id, a.email.deliverable()), (b.id, b.email.deliverable()));
    assert_eq!(a.email.canonical(), b.email.canonical());
    assert!((&a.first_name, &a.last_name) == (&b.first_name, &b.last_name));
    assert!(a.password_hash.as_phc() == b.password_hash.as_phc());
    assert_eq!((a.password_version, a.reset_link), (b.password_version, b.reset_link));
    assert_eq!((&a.phone, a.created_at), (&b.phone, b.created_at));
}

/// S-60.
pub(super) async fn the_newest_link_changes_the_password_once(backend: &impl UserBackend) {
    let user = stored(backend, 1).await;
    assert_eq!(backend.record_reset_link(user.id, link(5)).await, Ok(UpdateOutcome::Done));
    assert_eq!(found(backend, user.id).await.reset_link, Some(link(5)));
    let by_link = || change(&user, ResetAuthority::Link(link(5).id));
    assert_eq!(backend.change_password(by_link(), NOW).await, Ok(UpdateOutcome::Done));
    let changed = found(backend, user.id).await;
    assert_eq!((changed.password_version, changed.reset_link), (2, None));
    assert!(changed.password_hash.as_phc() == by_link().new_hash.as_phc());
    assert_eq!(backend.change_password(by_link(), NOW).await, Ok(UpdateOutcome::Stale));
    let by_link_again = change(&changed, ResetAuthority::Link(link(5).id));
    assert_eq!(backend.change_password(by_link_again, NOW).await, Ok(UpdateOutcome::Stale));
    assert_eq!(found(backend, user.id).await.password_version, 2);
}

/// S-60, S-93.
pub(super) async fn of_parallel_changes_with_one_link_one_succeeds(backend: &impl UserBackend) {
    let user = stored(backend, 1).await;
    backend.record_reset_link(user.id, link(5)).await.unwrap();
    let attempts = (0..16).map(|number| {
        let mut change = change(&user, ResetAuthority::Link(link(5).id));
        change.new_hash = PasswordHash::from_phc(format!("hash {number}"));
        backend.change_password(change, NOW)
    });
    let outcomes = join_all(attempts).await;
    let winners: Vec<_> = (0..16).filter(|n| outcomes[*n] == Ok(UpdateOutcome::Done)).collect();
    assert_eq!(winners.len(), 1);
    let after = found(backend, user.id).await;
    assert!(after.password_hash.as_phc() == format!("hash {}", winners[0]));
    assert_eq!(after.password_version, 2);
}

pub(super) async fn an_expired_link_changes_nothing(backend: &impl UserBackend) {
    let user = stored(backend, 1).await;
    backend.record_reset_link(user.id, link(5)).await.unwrap();
    let by_link = || change(&user, ResetAuthority::Link(link(5).id));
    let expiry = link(5).expires_at;
    assert_eq!(backend.change_password(by_link(), expiry).await, Ok(UpdateOutcome::Stale));
    let unchanged = found(backend, user.id).await;
    assert_eq!((unchanged.password_version, unchanged.reset_link), (1, Some(link(5))));
    let just_before = expiry.before(Duration::from_millis(1));
    assert_eq!(backend.change_password(by_link(), just_before).await, Ok(UpdateOutcome::Done));
}

pub(super) async fn an_older_link_is_dead(backend: &impl UserBackend) {
    let user = stored(backend, 1).await;
    let without_any = change(&user, ResetAuthority::Link(LinkId::from_bytes([0; 16])));
    assert_eq!(backend.change_password(without_any, NOW).await, Ok(UpdateOutcome::Stale));
    backend.record_reset_link(user.id, link(5)).await.unwrap();
    backend.record_reset_link(user.id, link(6)).await.unwrap();
    for (number, outcome) in [(5, UpdateOutcome::Stale), (6, UpdateOutcome::Done)] {
        let change = change(&user, ResetAuthority::Link(link(number).id));
        assert_eq!(backend.change_password(change, NOW).await, Ok(outcome));
    }
}

/// S-62.
pub(super) async fn a_recent_sign_in_changes_the_password_it_saw_and_kills_the_link(
    backend: &impl UserBackend,
) {
    let user = stored(backend, 1).await;
    backend.record_reset_link(user.id, link(5)).await.unwrap();
    let by_sign_in = || change(&user, ResetAuthority::RecentSignIn);
    assert_eq!(backend.change_password(by_sign_in(), NOW).await, Ok(UpdateOutcome::Done));
    assert_eq!(backend.change_password(by_sign_in(), NOW).await, Ok(UpdateOutcome::Stale));
    let changed = found(backend, user.id).await;
    assert_eq!((changed.password_version, changed.reset_link), (2, None));
    let by_link = change(&changed, ResetAuthority::Link(link(5).id));
    assert_eq!(backend.change_password(by_link, NOW).await, Ok(UpdateOutcome::Stale));
}

/// S-07.
pub(super) async fn a_better_hash_replaces_only_the_one_it_was_made_for(
    backend: &impl UserBackend,
) {
    let user = stored(backend, 1).await;
    backend.record_reset_link(user.id, link(5)).await.unwrap();
    let better = replacement(&user, "a better hash");
    assert_eq!(backend.replace_password_hash(better).await, Ok(UpdateOutcome::Done));
    let replaced = found(backend, user.id).await;
    assert!(replaced.password_hash.as_phc() == "a better hash");
    assert_eq!((replaced.password_version, replaced.reset_link), (1, Some(link(5))));

    let late = replacement(&user, "a late hash");
    assert_eq!(backend.replace_password_hash(late).await, Ok(UpdateOutcome::Stale));
    let by_link = change(&replaced, ResetAuthority::Link(link(5).id));
    assert_eq!(backend.change_password(by_link, NOW).await, Ok(UpdateOutcome::Done));
    let of_the_old_password = replacement(&replaced, "a hash of the old password");
    let outcome = backend.replace_password_hash(of_the_old_password).await;
    assert_eq!(outcome, Ok(UpdateOutcome::Stale));
    assert!(found(backend, user.id).await.password_hash.as_phc() == "the new hash");
}

/// S-93.
pub(super) async fn of_parallel_replacements_of_one_hash_one_succeeds(backend: &impl UserBackend) {
    let user = stored(backend, 1).await;
    let attempts = (0..16)
        .map(|number| backend.replace_password_hash(replacement(&user, &format!("hash {number}"))));
    let outcomes = join_all(attempts).await;
    let winners: Vec<_> = (0..16).filter(|n| outcomes[*n] == Ok(UpdateOutcome::Done)).collect();
    assert_eq!(winners.len(), 1);
    let after = found(backend, user.id).await;
    assert!(after.password_hash.as_phc() == format!("hash {}", winners[0]));
}

fn replacement(user: &User, new: &str) -> ReplacePasswordHash {
    ReplacePasswordHash {
        id: user.id,
        expected: user.password_hash.clone(),
        new: PasswordHash::from_phc(new.to_owned()),
    }
}

pub(super) async fn an_account_that_is_gone_is_stale(backend: &impl UserBackend) {
    let gone = user(1);
    let change = change(&gone, ResetAuthority::RecentSignIn);
    let number = PhoneNumber::parse("+2348012345678").unwrap();
    let phone = VerifiedPhone { number, verified_at: NOW };
    let outcomes = [
        backend.change_password(change, NOW).await,
        backend.replace_password_hash(replacement(&gone, "a better hash")).await,
        backend.record_reset_link(gone.id, link(1)).await,
        backend.record_verified_phone(gone.id, phone).await,
    ];
    assert_eq!(outcomes, [Ok(UpdateOutcome::Stale); 4]);
    assert!(backend.find(gone.id).await.unwrap().is_none());
}

pub(super) async fn accounts_do_not_share_anything(backend: &impl UserBackend) {
    let (one, other) = (stored(backend, 1).await, stored(backend, 2).await);
    let later = Timestamp::from_secs(NOW.as_secs() + 60);
    for (number, verified_at) in [("+2348012345678", NOW), ("+14155552671", later)] {
        let number = PhoneNumber::parse(number).unwrap();
        let phone = VerifiedPhone { number, verified_at };
        let outcome = backend.record_verified_phone(one.id, phone.clone()).await;
        assert_eq!(outcome, Ok(UpdateOutcome::Done));
        assert_eq!(found(backend, one.id).await.phone, Some(phone));
    }
    backend.record_reset_link(one.id, link(5)).await.unwrap();
    let by_link_of_one = change(&other, ResetAuthority::Link(link(5).id));
    assert_eq!(backend.change_password(by_link_of_one, NOW).await, Ok(UpdateOutcome::Stale));
    assert_same(&other, &found(backend, other.id).await);
}
