//! F-22: the order of starting, and what was there before.

use mongod::Mongod;
use mongod::mongodb::bson::spec::BinarySubtype;
use mongod::mongodb::bson::{Binary, Document, doc};
use test_support::{Person, ServerProcess, storage_settings, wait_for_async};

const DATABASE: &str = "faults";

async fn status(server: &ServerProcess, path: &str) -> u16 {
    server.client().get(path).await.status
}

#[tokio::test]
async fn a_server_started_before_its_database_lives_and_is_ready_soon_after_it() {
    let Some(mut mongod) = Mongod::standalone().await else { return };
    mongod.kill();
    let storage = storage_settings(&mongod.uri(), DATABASE);
    let server = ServerProcess::start_unready(1, storage, &[]).await;
    assert_eq!(status(&server, "/health/live").await, 200);
    assert_eq!(status(&server, "/health/ready").await, 503);
    let refused = Person::new("jo@example.com").sign_in(&server.client()).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    mongod.restart().await;
    wait_for_async(|| async { (status(&server, "/health/ready").await == 200).then_some(()) })
        .await;
    Person::registered(&server.client(), "jo@example.com").await;
}

#[tokio::test]
async fn missing_indexes_are_made_at_start() {
    let Some(mongod) = Mongod::standalone().await else { return };
    let storage = storage_settings(&mongod.uri(), DATABASE);
    let mut server = ServerProcess::start_nodes(1, storage, &[]).await;
    Person::registered(&server.client(), "jo@example.com").await;
    let users = mongod.client().database(DATABASE).collection::<Document>("users");
    users.drop_indexes().await.unwrap();
    server.restart().await;
    let names = users.list_index_names().await.unwrap();
    assert!(names.contains(&"email".to_owned()), "{names:?}");
}

#[tokio::test]
async fn planted_duplicates_refuse_readiness_with_their_count() {
    let Some(mongod) = Mongod::standalone().await else { return };
    let database = mongod.client().database(DATABASE);
    let users = database.collection::<Document>("users");
    for number in 0..3_u8 {
        let id = Binary { subtype: BinarySubtype::Generic, bytes: vec![number; 16] };
        let email = doc! { "canonical": "jo@example.com", "original": "jo@example.com" };
        users.insert_one(doc! { "_id": id, "email": email }).await.unwrap();
    }
    let storage = storage_settings(&mongod.uri(), DATABASE);
    let server = ServerProcess::start_unready(1, storage, &[]).await;
    let told = "1 values of the unique index email are held by 3 documents";
    wait_for_async(|| async { server.log().contains(told).then_some(()) }).await;
    assert_eq!(status(&server, "/health/ready").await, 503);
    // Fail closed: without its index the store could break a promise.
    let refused = Person::new("ann@example.com").sign_in(&server.client()).await;
    assert_eq!(refused.status, 503);
    users.delete_many(doc! {}).await.unwrap();
    wait_for_async(|| async { (status(&server, "/health/ready").await == 200).then_some(()) })
        .await;
}
