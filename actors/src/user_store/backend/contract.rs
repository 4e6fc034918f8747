//! What every backend promises, run on each of them.

use futures_util::future::join_all;

use super::*;
use crate::domain::{EmailAddress, UserId};
use crate::embedded::Store;
use crate::user_store::ResetAuthority;
use crate::user_store::tests::{NOW, hash, link, phone, user};

async fn contract(backend: &dyn UserBackend) {
    an_account_is_found_by_id_and_by_every_spelling_of_its_address(backend).await;
    addresses_and_ids_are_taken_once(backend).await;
    s_43_of_parallel_inserts_of_one_address_one_succeeds(backend).await;
    changes_are_seen_by_the_next_read(backend).await;
    s_60_of_parallel_changes_by_one_link_one_succeeds(backend).await;
    nothing_is_changed_for_an_account_that_is_not_there(backend).await;
}

#[actix::test]
async fn the_memory_backend_keeps_the_contract() {
    contract(&MemoryUsers::default()).await;
}

#[actix::test]
async fn the_embedded_backend_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    contract(&EmbeddedUsers::open(&store).await.unwrap()).await;
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

async fn an_account_is_found_by_id_and_by_every_spelling_of_its_address(b: &dyn UserBackend) {
    let ann = user(1, "Ann@example.com");
    assert!(b.find(ann.id).await.unwrap().is_none());
    assert!(b.find_by_email(ann.email.clone()).await.unwrap().is_none());
    assert_eq!(b.insert(ann.clone()).await.unwrap(), InsertOutcome::Inserted);
    for spelling in ["Ann@example.com", "ANN@EXAMPLE.COM", "ann@example.com"] {
        let found = b.find_by_email(email(spelling)).await.unwrap().unwrap();
        assert_eq!(found.id, ann.id, "{spelling}");
        assert_eq!(found.email.deliverable(), "Ann@example.com", "as its owner spelled it");
    }
    let found = b.find(ann.id).await.unwrap().unwrap();
    assert_eq!(found.password_hash.as_phc(), ann.password_hash.as_phc());
    assert_eq!((found.first_name, found.last_name), (ann.first_name, ann.last_name));
    assert_eq!((found.password_version, found.created_at), (1, NOW));
}

async fn addresses_and_ids_are_taken_once(b: &dyn UserBackend) {
    let bob = user(2, "bob@example.com");
    assert_eq!(b.insert(bob).await.unwrap(), InsertOutcome::Inserted);
    let same_address = user(3, "BOB@example.com");
    assert_eq!(b.insert(same_address).await.unwrap(), InsertOutcome::EmailTaken);
    assert!(b.find(user(3, "x@example.com").id).await.unwrap().is_none());
    let same_id = user(2, "rob@example.com");
    assert_eq!(b.insert(same_id).await.unwrap(), InsertOutcome::IdTaken);
    assert!(b.find_by_email(email("rob@example.com")).await.unwrap().is_none());
}

async fn s_43_of_parallel_inserts_of_one_address_one_succeeds(b: &dyn UserBackend) {
    let inserts = (10..60).map(|id| b.insert(user(id, "crowd@example.com")));
    let outcomes = join_all(inserts).await;
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == Ok(wanted)).count();
    assert_eq!((count(InsertOutcome::Inserted), count(InsertOutcome::EmailTaken)), (1, 49));
}

async fn changes_are_seen_by_the_next_read(b: &dyn UserBackend) {
    let cat = user(70, "cat@example.com");
    b.insert(cat.clone()).await.unwrap();
    assert_eq!(b.record_reset_link(cat.id, link(1)).await, Ok(UpdateOutcome::Done));
    assert_eq!(b.record_verified_phone(cat.id, phone()).await, Ok(UpdateOutcome::Done));
    let seen = b.find(cat.id).await.unwrap().unwrap();
    assert_eq!((seen.reset_link, seen.phone), (Some(link(1)), Some(phone())));

    let change = PasswordChange {
        password_version: 1,
        authority: ResetAuthority::Link(link(1).id),
        new_hash: hash("second"),
    };
    assert_eq!(b.change_password(cat.id, change.clone(), NOW).await, Ok(UpdateOutcome::Done));
    assert_eq!(b.change_password(cat.id, change, NOW).await, Ok(UpdateOutcome::Stale));
    let seen = b.find_by_email(cat.email).await.unwrap().unwrap();
    assert_eq!((seen.password_version, seen.reset_link), (2, None));
    assert_eq!(seen.password_hash.as_phc(), "second");
    assert_eq!(seen.phone, Some(phone()), "what was not named is as it was");
}

async fn s_60_of_parallel_changes_by_one_link_one_succeeds(b: &dyn UserBackend) {
    let dan = user(80, "dan@example.com");
    b.insert(dan.clone()).await.unwrap();
    b.record_reset_link(dan.id, link(2)).await.unwrap();
    let changes = (0..20).map(|n| {
        let change = PasswordChange {
            password_version: 1,
            authority: ResetAuthority::Link(link(2).id),
            new_hash: hash(&format!("by {n}")),
        };
        b.change_password(dan.id, change, NOW)
    });
    let outcomes = join_all(changes).await;
    let done = outcomes.iter().filter(|outcome| **outcome == Ok(UpdateOutcome::Done)).count();
    assert_eq!(done, 1);
    assert_eq!(b.find(dan.id).await.unwrap().unwrap().password_version, 2);
}

async fn nothing_is_changed_for_an_account_that_is_not_there(b: &dyn UserBackend) {
    let nobody = UserId::from_bytes([255; 16]);
    let change = PasswordChange {
        password_version: 1,
        authority: ResetAuthority::RecentSignIn,
        new_hash: hash("x"),
    };
    assert_eq!(b.change_password(nobody, change, NOW).await, Ok(UpdateOutcome::Stale));
    assert_eq!(b.record_reset_link(nobody, link(1)).await, Ok(UpdateOutcome::Stale));
    assert_eq!(b.record_verified_phone(nobody, phone()).await, Ok(UpdateOutcome::Stale));
    assert!(b.find(nobody).await.unwrap().is_none());
}
