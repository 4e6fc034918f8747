//! Tests of what only the embedded backend has: a file, and a stored shape.

use std::fmt::Write;

use tempfile::TempDir;

use super::*;
use crate::domain::PhoneNumber;
use crate::user_store::tests::{NOW, link, user};

async fn make() -> (EmbeddedUsers, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (open(&folder).await, folder)
}

async fn open(folder: &TempDir) -> EmbeddedUsers {
    EmbeddedUsers::open(&Store::open(folder.path(), 1 << 20).unwrap()).await.unwrap()
}

async fn kept() -> Option<(EmbeddedUsers, TempDir)> {
    Some(make().await)
}

super::super::contract::contract!(kept);

#[tokio::test]
async fn accounts_and_their_addresses_outlive_the_process() {
    // F-07: both tables or neither.
    let (users, folder) = make().await;
    users.insert(user(1)).await.unwrap();
    users.record_reset_link(user(1).id, link(5)).await.unwrap();
    drop(users);
    let users = open(&folder).await;
    let found = users.find_by_email(user(1).email).await.unwrap().unwrap();
    assert_eq!((found.id, found.reset_link), (user(1).id, Some(link(5))));
    assert_eq!(
        users.insert(User { email: user(1).email, ..user(2) }).await,
        Ok(InsertOutcome::EmailTaken)
    );
}

#[tokio::test]
async fn unreadable_accounts_are_corrupt_and_stay_as_they_are() {
    let (users, _folder) = make().await;
    let damage = |transaction: &WriteTransaction| {
        let id = user(1).id;
        transaction.open_table(USERS)?.insert(id.as_bytes().as_slice(), b"\xffnews".as_slice())?;
        let mut emails = transaction.open_table(EMAILS)?;
        emails.insert(user(1).email.canonical().as_bytes(), id.as_bytes().as_slice())?;
        emails.insert(user(2).email.canonical().as_bytes(), b"short".as_slice())?;
        emails.insert(user(3).email.canonical().as_bytes(), user(3).id.as_bytes().as_slice())?;
        Ok(())
    };
    users.store.write(damage).await.unwrap();
    for number in 1..=3 {
        let found = users.find_by_email(user(number).email).await;
        assert!(matches!(found, Err(BackendError::Corrupt)), "{number}");
    }
    let updated = users.record_reset_link(user(1).id, link(5)).await;
    assert_eq!(updated, Err(BackendError::Corrupt));
    assert_eq!(users.insert(user(1)).await, Ok(InsertOutcome::EmailTaken));
}

#[test]
fn the_stored_shape_of_schema_1_is_fixed() {
    let number = PhoneNumber::parse("+2348012345678").unwrap();
    let full = User {
        reset_link: Some(link(5)),
        phone: Some(VerifiedPhone { number, verified_at: NOW }),
        ..user(1)
    };
    let mut hex = String::new();
    for byte in record::encode_user(&full).unwrap() {
        write!(hex, "{byte:02x}").unwrap();
    }
    // Other bytes mean another schema: keep this one readable and add the next.
    assert_eq!(
        hex,
        concat!(
            "01117573657231406578616d706c652e636f6d115573657231406578616d706c652e636f6d", // addresses
            "024a6f03446f65",                                                             // names
            "0e68617368206f662075736572203101", // password
            "0105050505050505050505050505050505a0c7ccffbc31", // link
            "010e2b32333438303132333435363738024e4780d095ffbc31", // phone
            "80d095ffbc31",                     // creation
        )
    );
}
