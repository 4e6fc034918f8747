//! Tests of the embedded backend: the contract, and what a kill leaves.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use redb::ReadableDatabase as _;
use tempfile::TempDir;

use super::super::contract::{self, RULES};
use super::super::{OtpBackend, Resending};
use super::*;
use crate::otp_manager::Purpose::SignUp;
use crate::otp_manager::VerifyOtpOutcome;
use crate::otp_manager::fixtures::{NOW, attempt, id, mac, new, phone, sign_up};

async fn open_in(folder: &TempDir, now: Timestamp) -> EmbeddedOtps {
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    EmbeddedOtps::open(store, RULES, now).await.unwrap()
}

async fn open() -> (Arc<EmbeddedOtps>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(open_in(&folder, NOW).await), folder)
}

async fn kept() -> Option<(Arc<EmbeddedOtps>, TempDir)> {
    Some(open().await)
}

contract::suite!(kept);

/// What `kill -9` leaves: the file as it is on disk, while the first store still has it open.
fn killed(folder: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("store.redb"), copy.path().join("store.redb")).unwrap();
    copy
}

async fn accepts(otps: &EmbeddedOtps, n: u128, code: u32, now: Timestamp) -> bool {
    let outcome = otps.attempt(attempt(n, SignUp, code), now).await.unwrap();
    matches!(outcome, VerifyOtpOutcome::Accepted(_))
}

#[tokio::test]
async fn s15_attempts_survive_a_kill() {
    let (otps, folder) = open().await;
    for n in [1, 2] {
        otps.insert(new(n, sign_up(&format!("{n}@example.com")), 42), NOW).await.unwrap();
        for _ in 0..2 {
            assert!(!accepts(&otps, n, 1, NOW).await);
        }
    }
    let after = open_in(&killed(&folder), NOW).await;
    for _ in 0..2 {
        assert!(!accepts(&after, 1, 1, NOW).await);
        assert!(!accepts(&after, 2, 1, NOW).await);
    }
    assert!(accepts(&after, 1, 42, NOW).await, "the fifth attempt");
    assert!(!accepts(&after, 2, 1, NOW).await);
    assert!(!accepts(&after, 2, 42, NOW).await, "the sixth attempt");
}

#[tokio::test]
async fn f07_a_consumed_code_and_those_it_took_with_it_stay_dead_after_a_kill() {
    let (otps, folder) = open().await;
    for n in 1..=3 {
        otps.insert(new(n, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    }
    otps.insert(new(4, sign_up("eve@example.com"), 42), NOW).await.unwrap();
    assert!(accepts(&otps, 2, 42, NOW).await);
    let after = open_in(&killed(&folder), NOW).await;
    for n in 1..=3 {
        assert!(!accepts(&after, n, 42, NOW).await, "{n}");
    }
    assert!(accepts(&after, 4, 42, NOW).await);
}

#[tokio::test]
async fn a_resend_survives_a_kill_with_its_cool_down_and_the_old_code_stays_dead() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    let now = NOW.after(Duration::from_mins(1));
    let sent = otps.resend(id(1), mac(1, SignUp, 43), now).await.unwrap();
    assert!(matches!(sent, Resending::Replaced { .. }));
    let after = open_in(&killed(&folder), now).await;
    let again = after.resend(id(1), mac(1, SignUp, 44), now).await.unwrap();
    let due = now.after(Duration::from_mins(2));
    assert!(matches!(again, Resending::TooSoon { retry_at } if retry_at == due));
    assert!(!accepts(&after, 1, 42, now).await);
    assert!(accepts(&after, 1, 43, now).await);
}

#[tokio::test]
async fn a_phone_claim_survives_a_kill_as_it_was() {
    let (otps, folder) = open().await;
    otps.insert(new(1, phone(Some("9876")), 42), NOW).await.unwrap();
    let (before, after) = (otps, open_in(&killed(&folder), NOW).await);
    let bytes = |otps: &EmbeddedOtps| {
        otps.with_book(|book| record::to_bytes(book.get(id(1)).unwrap())).unwrap()
    };
    assert_eq!(bytes(&before), bytes(&after));
}

#[tokio::test]
async fn s108_what_expired_while_the_server_was_down_is_deleted_at_start() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    let copy = killed(&folder);
    drop(open_in(&copy, NOW.after(Duration::from_mins(10))).await);
    assert_eq!(stored(&killed(&copy)).len(), 0);
}

#[tokio::test]
async fn s108_a_sweep_deletes_from_the_store_too() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    assert_eq!(stored(&killed(&folder)).len(), 1);
    otps.sweep(NOW.after(Duration::from_mins(10))).await.unwrap();
    assert_eq!(stored(&killed(&folder)).len(), 0);
}

#[tokio::test]
async fn s16_the_store_holds_no_code() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 918_273), NOW).await.unwrap();
    let records = stored(&killed(&folder));
    let record = &records.first().unwrap().1;
    assert!(!record.windows(6).any(|bytes| bytes == b"918273"));
    let number = postcard::to_extend(&918_273_u32, Vec::new()).unwrap();
    assert!(!record.windows(number.len()).any(|bytes| bytes == number));
}

#[tokio::test]
async fn unreadable_records_are_reported_and_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let damage = |transaction: &WriteTransaction| {
        let mut table = transaction.open_table(CHALLENGES)?;
        table.insert([1; 16].as_slice(), [99, 1, 2].as_slice())?;
        Ok(())
    };
    store.write(damage).await.unwrap();
    let refusal = EmbeddedOtps::open(store, RULES, NOW).await.err();
    assert_eq!(refusal, Some(BackendError::Corrupt));
}

#[tokio::test]
async fn changes_reach_the_store_in_their_order_whoever_waits_first() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    let first = otps.attempt(attempt(1, SignUp, 1), NOW);
    let second = otps.attempt(attempt(1, SignUp, 1), NOW);
    assert!(second.await.is_ok() && first.await.is_ok());
    let in_memory = otps.with_book(|book| record::to_bytes(book.get(id(1)).unwrap())).unwrap();
    assert_eq!(stored(&killed(&folder)), [(id(1).as_bytes().to_vec(), in_memory)]);
}

/// The store must see the transitions of a request in the order the book made them.
#[tokio::test]
async fn concurrent_changes_reach_the_store_in_their_order() {
    let (otps, folder) = open().await;
    let requests: Vec<u128> = (1..=8).collect();
    for n in &requests {
        otps.insert(new(*n, sign_up(&format!("{n}@example.com")), 42), NOW).await.unwrap();
    }
    for round in 0..4 {
        let guesses: Vec<_> = requests
            .iter()
            .flat_map(|n| [*n; 3])
            .map(|n| {
                let otps = Arc::clone(&otps);
                contract::on_a_thread(async move { accepts(&otps, n, 1, NOW).await })
            })
            .collect();
        for guess in guesses {
            assert!(!guess.await.unwrap(), "round {round}");
        }
        let on_disk = stored(&killed(&folder));
        for n in &requests {
            let in_memory = otps.with_book(|book| record::to_bytes(book.get(id(*n)).unwrap()));
            let on_disk = on_disk.iter().find(|(key, _)| key == id(*n).as_bytes()).unwrap();
            assert_eq!(in_memory.unwrap(), on_disk.1, "request {n}, round {round}");
        }
    }
}

fn stored(folder: &TempDir) -> Vec<(Vec<u8>, Vec<u8>)> {
    let database = redb::Database::open(folder.path().join("store.redb")).unwrap();
    let table = database.begin_read().unwrap().open_table(CHALLENGES).unwrap();
    let entries = table.iter().unwrap().map(|entry| {
        let (id, record) = entry.unwrap();
        (id.value().to_vec(), record.value().to_vec())
    });
    entries.collect()
}
