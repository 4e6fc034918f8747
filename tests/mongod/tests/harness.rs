//! The harness itself: servers start, fail as told, and come back.

use std::time::Duration;

use mongod::{Mongod, ReplicaSet};
use mongodb::bson::{Document, doc};
use mongodb::options::WriteConcern;

#[tokio::test]
async fn a_killed_server_comes_back_with_its_data() {
    let Some(mut server) = Mongod::standalone().await else { return };
    let durable = WriteConcern::builder().journal(true).build();
    let numbers = server.client().database("t").collection("c");
    numbers.insert_one(doc! { "_id": 1 }).write_concern(durable).await.unwrap();
    server.kill();
    assert!(!server.is_running());
    server.restart().await;
    let numbers = server.client().database("t").collection::<Document>("c");
    assert!(numbers.find_one(doc! { "_id": 1 }).await.unwrap().is_some());
}

#[tokio::test]
async fn a_replica_set_elects_another_primary() {
    let Some(set) = ReplicaSet::start(3, Duration::from_secs(1)).await else { return };
    let before = set.primary().await;
    set.step_down(60).await;
    assert_ne!(set.primary().await, before);
}
