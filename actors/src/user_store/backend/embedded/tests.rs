//! What is special about a file: it is still there.

use super::*;
use crate::user_store::ResetAuthority;
use crate::user_store::tests::{NOW, hash, link, phone, user};

#[actix::test]
async fn everything_is_there_after_the_store_was_closed_and_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let ann = user(1, "Ann@example.com");
    {
        let store = Store::open(folder.path(), 1 << 20).unwrap();
        let users = EmbeddedUsers::open(&store).await.unwrap();
        users.insert(ann.clone()).await.unwrap();
        users.record_verified_phone(ann.id, phone()).await.unwrap();
        users.record_reset_link(ann.id, link(1)).await.unwrap();
        let change = PasswordChange {
            password_version: 1,
            authority: ResetAuthority::RecentSignIn,
            new_hash: hash("second"),
        };
        users.change_password(ann.id, change, NOW).await.unwrap();
    }
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let users = EmbeddedUsers::open(&store).await.unwrap();
    let seen = users.find_by_email(ann.email).await.unwrap().unwrap();
    assert_eq!((seen.id, seen.password_version), (ann.id, 2));
    assert_eq!(seen.password_hash.as_phc(), "second");
    assert_eq!((seen.phone, seen.reset_link), (Some(phone()), None));
}

#[actix::test]
async fn unreadable_records_are_told_apart_from_missing_ones() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let users = EmbeddedUsers::open(&store).await.unwrap();
    let ann = user(1, "ann@example.com");
    users.insert(ann.clone()).await.unwrap();
    let spoil = |transaction: &WriteTransaction| {
        let mut table = transaction.open_table(USERS)?;
        table.insert([1_u8; 16].as_slice(), [99_u8, 1, 2, 3].as_slice())?;
        Ok(())
    };
    store.write(spoil).await.unwrap();
    assert_eq!(users.find(ann.id).await.err(), Some(BackendError::Corrupt));
    assert_eq!(users.find_by_email(ann.email).await.err(), Some(BackendError::Corrupt));
}

#[actix::test]
async fn an_address_without_its_account_is_damage_and_not_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let users = EmbeddedUsers::open(&store).await.unwrap();
    let ann = user(1, "ann@example.com");
    users.insert(ann.clone()).await.unwrap();
    let lose = |transaction: &WriteTransaction| {
        transaction.open_table(USERS)?.remove([1_u8; 16].as_slice())?;
        Ok(())
    };
    store.write(lose).await.unwrap();
    assert_eq!(users.find_by_email(ann.email).await.err(), Some(BackendError::Corrupt));
}
