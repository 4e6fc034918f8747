use std::sync::Mutex;

use mongodb::bson::{Document, doc};
use tempfile::TempDir;

use super::*;
use crate::domain::{EmailAddress, UserId};
use crate::embedded::Store;
use crate::mongo::fixture::Database;
use crate::password_hasher::Verdict;
use crate::runtime::OsRandom;
use crate::user_store::UserBackend;

const CACHE: usize = 1 << 20;
const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
/// More than a round, and not a multiple of a batch.
const COUNT: u64 = BATCHES * BATCH + 3;

fn seeding(start: u64, count: u64) -> Seeding {
    let (hashing, peppers) = (HashingRules::insecure_for_tests(), Peppers::default());
    Seeding { start, count, hashing, peppers, now: NOW }
}

async fn seeded(at: &StoreAt, start: u64, count: u64) -> Result<(), SeedError> {
    seed(at, seeding(start, count), &OsRandom, &|_| ()).await
}

fn embedded(folder: &TempDir) -> StoreAt {
    StoreAt::Embedded { path: folder.path().to_owned(), cache_bytes: CACHE }
}

async fn find(users: &impl UserBackend, number: u64) -> Option<User> {
    users.find_by_email(EmailAddress::parse(&address(number)).unwrap()).await.unwrap()
}

fn is_the_password_of(user: &User) -> bool {
    let hasher = Hasher::new(&HashingRules::insecure_for_tests(), Peppers::default(), &OsRandom);
    let password = Password::present(&SecretString::from(PASSWORD)).unwrap();
    let verdict =
        hasher.unwrap().verify(&password, Some(&user.password_hash), &mut Memory::default());
    verdict.unwrap() == Verdict::Match
}

#[tokio::test]
async fn every_account_can_sign_in_with_the_password_of_all() {
    let folder = TempDir::new().unwrap();
    let told = Mutex::new(Vec::new());
    let progress = |done| told.lock().unwrap().push(done);
    seed(&embedded(&folder), seeding(5, COUNT), &OsRandom, &progress).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [BATCHES * BATCH, COUNT]);
    let store = Store::open(folder.path(), CACHE).unwrap();
    let users = EmbeddedUsers::open(&store).await.unwrap();
    for number in [5, 6, 5 + COUNT - 1] {
        let user = find(&users, number).await.unwrap();
        assert!(is_the_password_of(&user), "{number}");
        assert_eq!((user.password_version, user.created_at), (1, NOW));
    }
    assert!(find(&users, 4).await.is_none());
    assert!(find(&users, 5 + COUNT).await.is_none());
}

#[tokio::test]
async fn seeding_again_keeps_ids_and_seeding_on_adds() {
    let Some(database) = Database::standalone().await else { return };
    let at = StoreAt::MongoDb(database.settings.clone());
    seeded(&at, 0, 2).await.unwrap();
    let users = MongoUsers::new(database.open(&[MongoUsers::collection()]).await);
    let before = find(&users, 1).await.unwrap();
    seeded(&at, 1, 2).await.unwrap();
    let after = find(&users, 1).await.unwrap();
    assert_eq!(before.id, after.id);
    assert!(is_the_password_of(&after) && is_the_password_of(&find(&users, 2).await.unwrap()));
    let mongo = database.open(&[]).await;
    let count = mongo.collection::<Document>("users").count_documents(doc! {}).await.unwrap();
    assert_eq!(count, 3);
}

#[tokio::test]
async fn an_address_of_somebody_else_and_a_store_in_use_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path(), CACHE).unwrap();
    let users = EmbeddedUsers::open(&store).await.unwrap();
    let somebody = account::account(1, PasswordHash::from_phc(String::new()), NOW).unwrap();
    users.insert(User { id: UserId::from_bytes([9; 16]), ..somebody }).await.unwrap();
    let refused = seeded(&embedded(&folder), 0, 3).await;
    assert!(matches!(refused, Err(SeedError::Store(_))), "{refused:?}");
    drop((users, store));
    let refused = seeded(&embedded(&folder), 0, 3).await;
    assert!(matches!(refused, Err(SeedError::Taken)), "{refused:?}");
}

/// A store that answers so, one after the other, and how often it was asked.
async fn repeated(answers: &[Result<Put, BackendError>]) -> (Result<Put, BackendError>, usize) {
    let asked = std::cell::Cell::new(0);
    let write = || -> Pending<Put> {
        let answer = answers[asked.replace(asked.get() + 1)];
        Box::pin(std::future::ready(answer))
    };
    (repeat(write).await, asked.get())
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_not_confirmed_is_written_again_and_any_answer_ends_that() {
    use BackendError::{Corrupt, OutcomeUnknown, Unavailable};
    let stalled = [Err(OutcomeUnknown), Err(Unavailable), Err(OutcomeUnknown), Err(OutcomeUnknown)];
    for last in [Ok(Put::Done), Err(Unavailable)] {
        let answers: Vec<_> = stalled.into_iter().chain([last]).collect();
        assert_eq!(repeated(&answers).await, (last, 5));
    }
    assert_eq!(repeated(&[Ok(Put::Conflict)]).await, (Ok(Put::Conflict), 1));
    assert_eq!(repeated(&[Err(Unavailable), Err(Corrupt)]).await, (Err(Corrupt), 2));
}
