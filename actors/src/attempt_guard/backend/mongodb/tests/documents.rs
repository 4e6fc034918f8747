//! What is stored, what it costs, and how much of it there can be.

use mongod::Mongod;
use mongodb::bson::{Document, doc};

use super::*;
use crate::attempt_guard::TryResult::{Right, Wrong};
use crate::attempt_guard::account::NEVER;
use crate::attempt_guard::budget::Guesses;
use crate::backend::BackendError;

/// Reads, inserts and updates of a server so far.
async fn operations(server: &Mongod) -> [i64; 3] {
    let admin = server.client().database("admin");
    let status = admin.run_command(doc! { "serverStatus": 1 }).await.unwrap();
    let counters = status.get_document("opcounters").unwrap();
    ["query", "insert", "update"].map(|name| match counters.get(name).unwrap() {
        mongodb::bson::Bson::Int64(n) => *n,
        mongodb::bson::Bson::Int32(n) => i64::from(*n),
        other => panic!("{other}"),
    })
}

async fn cost(server: &Mongod, work: impl Future<Output = ()>) -> [i64; 3] {
    let before = operations(server).await;
    work.await;
    let after = operations(server).await;
    std::array::from_fn(|n| after[n] - before[n])
}

#[tokio::test]
async fn a_sign_in_costs_one_write_before_the_hash_and_one_after_it() {
    let Some(server) = Mongod::standalone().await else { return };
    let settings = settings(&server.uri(), "guard");
    let [one, other] = [machine(&settings).await, machine(&settings).await];
    let sign_in = async |guard: &MongoGuard| {
        guard.sign_in(HOME, Right, NOW).await;
    };
    assert_eq!(cost(&server, sign_in(&one)).await, [1, 1, 1], "the first one of an account");
    assert_eq!(cost(&server, sign_in(&one)).await, [0, 0, 2], "on the same machine again");
    assert_eq!(cost(&server, sign_in(&other)).await, [1, 0, 2], "on another machine");
    one.fail(STRANGER, 9, NOW).await;
    let refused = async {
        one.admit(STRANGER, NOW).await;
    };
    assert_eq!(cost(&server, refused).await, [1, 0, 0], "a refusal writes nothing");
}

async fn raw(mongo: &Mongo, name: &str) -> Document {
    mongo.collection::<Document>(name).find_one(doc! {}).await.unwrap().unwrap()
}

#[tokio::test]
async fn no_address_is_stored_in_the_clear() {
    let Some(mongo) = prepared(&MongoGuard::collections()).await else { return };
    let guard = guard(&mongo, LIMITED);
    guard.fail(HOME, 3, NOW).await;
    guard.settle_guess(&email(), Wrong, NOW).await.unwrap();
    guard.allow_notice(&jo(), NOW).await.unwrap();
    for name in ["guard_sign_ins", "guard_guesses", "guard_notices"] {
        let bytes = mongodb::bson::serialize_to_vec(&raw(&mongo, name).await).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["jo@", "example.com", "192.0.2", "\u{c0}\0\u{2}\u{1}"] {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
    }
}

#[tokio::test]
async fn a_document_of_a_later_version_is_refused_and_left_alone() {
    let Some(mongo) = prepared(&MongoGuard::collections()).await else { return };
    let guard = guard(&mongo, LIMITED);
    guard.fail(HOME, 3, NOW).await;
    let documents = mongo.collection::<Document>("guard_sign_ins");
    documents.update_one(doc! {}, doc! { "$set": { "schema": 2 } }).await.unwrap();
    let before = raw(&mongo, "guard_sign_ins").await;

    let other_machine = super::guard(&mongo, LIMITED);
    let admission = other_machine.admit_sign_in(&jo(), addr(HOME), NOW).await;
    assert_eq!(admission, Err(BackendError::Corrupt));
    assert_eq!(raw(&mongo, "guard_sign_ins").await, before);
}

#[tokio::test]
async fn the_server_refuses_documents_of_another_shape() {
    let Some(mongo) = prepared(&MongoGuard::collections()).await else { return };
    guard(&mongo, LIMITED).fail(HOME, 3, NOW).await;
    let documents = mongo.collection::<Document>("guard_sign_ins");
    for change in [
        doc! { "$set": { "state.account.record.failures.in_a_row": -1 } },
        doc! { "$set": { "state.known": "nobody" } },
        doc! { "$unset": { "revision": "" } },
    ] {
        assert!(documents.update_one(doc! {}, change).await.is_err());
    }
}

/// Puts a row of wrong guesses on record. Answers the row before it.
async fn put(
    decisions: &Decisions<GuessState>,
    key: GuardKey,
    in_a_row: u32,
    expires_at: Timestamp,
) -> u32 {
    let record = Guesses { in_a_row, wrong_at: vec![NOW] };
    let decided = decisions.decide(key, move |before| Verdict {
        state: Counted::idle(record.clone()),
        expires_at,
        answer: before.record.in_a_row,
    });
    decided.await.unwrap()
}

fn decisions(mongo: &Mongo) -> Decisions<GuessState> {
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
    Decisions::new(mongo, &random)
}

#[tokio::test]
async fn what_is_remembered_of_one_document_is_not_taken_for_another() {
    let Some(mongo) = prepared(&MongoGuard::collections()).await else { return };
    let decisions = decisions(&mongo);
    // They begin alike, so they share a seat.
    let [one, other] = [1, 2]
        .map(|last| GuardKey::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]));
    for before in 0..3 {
        assert_eq!(put(&decisions, one, before + 1, NOW).await, before);
        assert_eq!(put(&decisions, other, 10 * (before + 1), NOW).await, 10 * before);
    }
}

#[tokio::test]
async fn a_flood_of_keys_is_trimmed_from_what_expires_soonest_and_never_from_the_locked_s57() {
    let Some(mongo) = prepared(&MongoGuard::collections()).await else { return };
    let decisions = decisions(&mongo);
    for n in 1..=6_u8 {
        let expires_at = if n == 1 { NEVER } else { NOW.after(MILLISECOND * u32::from(n)) };
        put(&decisions, GuardKey::from_bytes([n; 16]), u32::from(n), expires_at).await;
    }
    decisions.trim(6).await.unwrap();
    assert_eq!(left(&mongo).await, [1, 2, 3, 4, 5, 6]);
    decisions.trim(3).await.unwrap();
    assert_eq!(left(&mongo).await, [1, 5, 6]);
    decisions.trim(0).await.unwrap();
    assert_eq!(left(&mongo).await, [1]);
    decisions.trim(0).await.unwrap();
    assert_eq!(left(&mongo).await, [1]);
}

/// The rows of the budgets that are left.
async fn left(mongo: &Mongo) -> Vec<i64> {
    let documents = mongo.collection::<Document>("guard_guesses");
    let rows = documents.distinct("state.record.in_a_row", doc! {}).await.unwrap();
    let mut rows: Vec<i64> = rows
        .iter()
        .map(|row| row.as_i64().or_else(|| row.as_i32().map(i64::from)).unwrap())
        .collect();
    rows.sort_unstable();
    rows
}

#[tokio::test]
async fn a_sweep_looks_at_the_sizes_once_a_minute() {
    let Some(server) = Mongod::standalone().await else { return };
    let guard = machine(&settings(&server.uri(), "guard")).await;
    let admin = server.client().database("admin");
    let counts = async || {
        let status = admin.run_command(doc! { "serverStatus": 1 }).await.unwrap();
        let count = status.get_document("metrics").unwrap().get_document("commands").unwrap();
        count.get_document("count").unwrap().get_i64("total").unwrap()
    };
    let before = counts().await;
    for _ in 0..120 {
        guard.sweep(NOW).await.unwrap();
    }
    assert_eq!(counts().await - before, 2 * 3);
}
