//! Sign-out on one node, seen by the other.

use std::time::Duration;

use mongod::ReplicaSet;
use mongod::mongodb::bson::doc;
use test_support::{Client, Person, ServerProcess, Tokens, storage_settings, wait_for_async};

use crate::races::two_nodes;

async fn is_refused(client: &Client, access: &str) -> bool {
    match client.with_bearer("GET", "/user/protected", access).await.status {
        401 => true,
        200 => false,
        status => unreachable!("{status}"),
    }
}

#[tokio::test]
async fn s35_a_sign_out_is_refused_here_at_once_there_soon_and_after_a_restart_of_both() {
    let Some(mut server) = two_nodes(&[]).await else { return };
    let (here, there) = (server.client().of_node(0), server.client().of_node(1));
    let (_, Tokens { access, refresh }) = Person::registered(&here, "jo@example.com").await;
    assert!(!is_refused(&there, &access).await);
    assert_eq!(here.with_bearer("DELETE", "/user/signout", &refresh).await.status, 200);
    assert!(is_refused(&here, &access).await);
    wait_for_async(|| async { is_refused(&there, &access).await.then_some(()) }).await;
    let again = there.with_bearer("GET", "/user/refresh", &refresh).await;
    assert_eq!(again.status, 401);
    server.restart().await;
    for node in 0..2 {
        assert!(is_refused(&server.client().of_node(node), &access).await);
    }
}

/// The other node has not heard of the sign-out yet: before it changes an account it asks the store.
#[tokio::test]
async fn s35_a_session_that_was_signed_out_on_one_node_resets_no_password_on_the_other() {
    let Some(set) = ReplicaSet::start(1, Duration::from_secs(1)).await else { return };
    let storage = storage_settings(&set.uri(), "cluster");
    let server = ServerProcess::start_nodes(2, storage, &[]).await;
    let (here, there) = (server.client().of_node(0), server.client().of_node(1));
    let data = doc! { "failCommands": ["getMore"], "blockConnection": true, "blockTimeMS": 1_000 };
    let late = doc! { "configureFailPoint": "failCommand", "mode": "alwaysOn", "data": data };
    set.members[0].client().database("admin").run_command(late).await.unwrap();
    for n in 0..3 {
        let (mut jo, tokens) = Person::registered(&here, &format!("jo{n}@example.com")).await;
        let signed_out = here.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
        assert_eq!(signed_out.status, 200);
        let reset = jo.reset_password(&there, &tokens.access, "another one at all").await;
        assert_eq!(reset.status, 400, "{}", reset.body);
    }
}

#[tokio::test]
async fn s36_a_sign_out_survives_the_loss_of_the_primary_that_took_it() {
    let Some(mut set) = ReplicaSet::start(3, Duration::from_secs(1)).await else { return };
    let storage = storage_settings(&set.uri(), "cluster");
    let server = ServerProcess::start_nodes(2, storage, &[]).await;
    let (here, there) = (server.client().of_node(0), server.client().of_node(1));
    let (_, Tokens { access, refresh }) = Person::registered(&here, "jo@example.com").await;
    assert_eq!(here.with_bearer("DELETE", "/user/signout", &refresh).await.status, 200);
    let primary = set.primary().await;
    set.members[primary].kill();
    set.primary().await;
    assert!(is_refused(&here, &access).await);
    wait_for_async(|| async { is_refused(&there, &access).await.then_some(()) }).await;
    let refused = || async {
        let answer = there.with_bearer("GET", "/user/refresh", &refresh).await;
        (answer.status != 503).then_some(answer.status)
    };
    assert_eq!(wait_for_async(refused).await, 401);
}

/// S-41: a node that cannot hear of revocations does not guess.
#[tokio::test]
async fn after_max_staleness_without_the_store_the_answer_is_503_and_heals() {
    let Some(mut mongod) = mongod::Mongod::standalone().await else { return };
    let storage = storage_settings(&mongod.uri(), "cluster");
    let settings = [("BIOENTRUST_TOKENS__MAX_STALENESS", "2s")];
    let server = ServerProcess::start_nodes(1, storage, &settings).await;
    let client = server.client();
    let (_, Tokens { access, .. }) = Person::registered(&client, "jo@example.com").await;
    let status = || async { client.with_bearer("GET", "/user/protected", &access).await.status };
    assert_eq!(status().await, 200);
    mongod.kill();
    wait_for_async(|| async {
        let status = status().await;
        assert!([200, 503].contains(&status), "{status}");
        (status == 503).then_some(())
    })
    .await;
    mongod.restart().await;
    wait_for_async(|| async { (status().await == 200).then_some(()) }).await;
}
