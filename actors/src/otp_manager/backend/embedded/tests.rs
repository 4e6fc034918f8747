//! Tests of the embedded backend: the contract, and what a kill leaves.

use std::fs;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use redb::{ReadableDatabase as _, ReadableTable as _, WriteTransaction};
use tempfile::TempDir;

use super::super::contract::{self, RULES};
use super::tables::{CHALLENGES, DESTINATIONS, EXPIRIES};
use super::*;
use crate::domain::{AppId, UserId};
use crate::otp_manager::Purpose::{Phone, SignUp};
use crate::otp_manager::Subject;
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
    let after = open_in(&killed(&folder), NOW).await;
    let app_id = Some(AppId::parse("9876").unwrap());
    let presented = Attempt { app_id: app_id.clone(), ..attempt(1, Phone, 42) };
    let outcome = after.attempt(presented, NOW).await;
    let Ok(VerifyOtpOutcome::Accepted(Subject::Phone(claim))) = outcome else {
        panic!("refused, or another subject");
    };
    assert_eq!(claim.user_id, UserId::from_bytes([9; 16]));
    assert_eq!(claim.number.e164(), "+2348012345678");
    assert_eq!(claim.app_id, app_id);
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
    let (otps, _folder) = open().await;
    let damage = |transaction: &WriteTransaction| {
        let mut table = transaction.open_table(CHALLENGES)?;
        table.insert(id(1).as_bytes().as_slice(), [99, 1, 2].as_slice())?;
        Ok(())
    };
    otps.store.write(damage).await.unwrap();
    let corrupt = Some(BackendError::Corrupt);
    assert_eq!(otps.attempt(attempt(1, SignUp, 42), NOW).await.err(), corrupt);
    assert_eq!(otps.resend(id(1), mac(1, SignUp, 43), NOW).await.err(), corrupt);
    assert_eq!(otps.find(id(1), NOW).await.err(), corrupt);
}

/// Nobody is let in by a code whose consumption was undone, and nobody hears whether it was right.
#[tokio::test]
async fn of_an_attempt_that_is_undone_nothing_is_told() {
    let (otps, _folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    // The writer is busy while the next changes come, so they share a transaction.
    let ((started, has_started), (go, wait)) = (mpsc::channel(), mpsc::channel::<()>());
    let busy = otps.store.write(move |_| Ok(started.send(()).is_ok() && wait.recv().is_ok()));
    has_started.recv().unwrap();
    let right = otps.attempt(attempt(1, SignUp, 42), NOW);
    let wrong = otps.attempt(attempt(1, SignUp, 1), NOW);
    let failing = otps.store.write(|_| Err::<(), _>(redb::Error::Corrupted(String::new())));
    go.send(()).unwrap();
    assert_eq!(busy.await, Ok(true));
    assert_eq!(right.await.err(), Some(BackendError::Unavailable));
    assert_eq!(wrong.await.err(), Some(BackendError::Unavailable));
    assert_eq!(failing.await, Err(BackendError::Corrupt));
    assert!(accepts(&otps, 1, 42, NOW).await);
    assert!(!accepts(&otps, 1, 42, NOW).await);
}

#[tokio::test]
async fn a_store_that_knew_no_destinations_is_indexed_when_it_is_opened() {
    let (otps, folder) = open().await;
    for n in 1..=2 {
        otps.insert(new(n, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    }
    let forget = |transaction: &WriteTransaction| {
        transaction.delete_table(DESTINATIONS)?;
        transaction.delete_table(EXPIRIES)?;
        Ok(())
    };
    otps.store.write(forget).await.unwrap();
    let after = open_in(&killed(&folder), NOW).await;
    assert!(accepts(&after, 1, 42, NOW).await);
    assert!(!accepts(&after, 2, 42, NOW).await, "it dies with the other of its destination");
}

#[tokio::test]
async fn every_request_is_filed_once_and_nothing_else_is() {
    let (otps, folder) = open().await;
    let later = NOW.after(Duration::from_mins(1));
    for n in 1..=7 {
        otps.insert(new(n, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    }
    otps.resend(id(7), mac(7, SignUp, 43), later).await.unwrap();
    assert!(!accepts(&otps, 6, 1, later).await);
    assert_eq!(filed(&folder), [5, 5, 5]);
    otps.insert(new(8, phone(None), 42), later).await.unwrap();
    assert!(accepts(&otps, 7, 43, later).await);
    assert_eq!(filed(&folder), [1, 1, 1]);
    otps.sweep(later.after(Duration::from_mins(5))).await.unwrap();
    assert_eq!(filed(&folder), [0, 0, 0]);
}

#[tokio::test]
async fn a_sweep_with_nothing_to_do_writes_nothing() {
    let (otps, folder) = open().await;
    otps.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    let before = fs::read(folder.path().join("store.redb")).unwrap();
    otps.sweep(NOW.after(Duration::from_mins(9))).await.unwrap();
    assert!(before == fs::read(folder.path().join("store.redb")).unwrap());
}

/// Rows of each table.
fn filed(folder: &TempDir) -> [usize; 3] {
    let copy = killed(folder);
    let database = redb::Database::open(copy.path().join("store.redb")).unwrap();
    let reading = database.begin_read().unwrap();
    let rows = |table| reading.open_table(table).unwrap().iter().unwrap().count();
    [CHALLENGES, DESTINATIONS, EXPIRIES].map(rows)
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
