//! F-04, F-05: mongod answers late, wrongly, or not at all, by its own fail points.

use std::time::Duration;

use mongod::mongodb::bson::{Document, doc};

use crate::world::World;

/// Commands of this server's operations.
fn commands() -> [&'static str; 5] {
    ["find", "insert", "update", "delete", "findAndModify"]
}

/// Lets `mode` of the operations fail as `data` says, for a while, then heals.
async fn with_fail_point(fault: &str, mode: Document, mut data: Document) {
    let Some(mut world) = World::start().await else { return };
    let primary = world.set.primary().await;
    let admin = world.set.members[primary].client().database("admin");
    data.insert("failCommands", commands().to_vec());
    data.insert("appName", "bioentrust-auth");
    let on = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data };
    admin.run_command(on).await.unwrap();
    let until = tokio::time::Instant::now() + Duration::from_secs(4);
    tokio::select! {
        () = tokio::time::sleep_until(until) => {}
        () = world.load.successes(usize::MAX / 2) => {}
    }
    let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
    admin.run_command(off).await.unwrap();
    world.heals(fault).await;
}

fn always() -> Document {
    doc! { "times": 1_000_000 }
}

fn one_in_ten() -> Document {
    doc! { "activationProbability": 0.1 }
}

#[tokio::test]
async fn f05_a_server_that_says_it_is_not_primary_any_more() {
    with_fail_point("NotWritablePrimary, every operation", always(), doc! { "errorCode": 10107 })
        .await;
}

#[tokio::test]
async fn f05_write_conflicts() {
    with_fail_point("WriteConflict, 1 in 10", one_in_ten(), doc! { "errorCode": 112 }).await;
}

#[tokio::test]
async fn f05_connections_that_break_off() {
    with_fail_point("closeConnection, 1 in 10", one_in_ten(), doc! { "closeConnection": true })
        .await;
}

#[tokio::test]
async fn f04_one_in_ten_operations_takes_two_seconds() {
    let slow = doc! { "blockConnection": true, "blockTimeMS": 2000 };
    with_fail_point("blockConnection 2 s, 1 in 10", one_in_ten(), slow).await;
}

#[tokio::test]
async fn f04_every_operation_takes_two_seconds() {
    let slow = doc! { "blockConnection": true, "blockTimeMS": 2000 };
    with_fail_point("blockConnection 2 s, every operation", always(), slow).await;
}

#[tokio::test]
async fn f05_a_majority_that_does_not_confirm() {
    let failed =
        doc! { "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } };
    with_fail_point("write concern time-out, 1 in 10", one_in_ten(), failed).await;
}
