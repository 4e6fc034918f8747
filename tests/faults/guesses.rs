//! A guess that cannot be counted is not answered.

use mongod::mongodb::bson::doc;
use mongod::{Mongod, ReplicaSet};
use test_support::{Person, ServerProcess, storage_settings};

use crate::world::ELECTION_TIMEOUT;

const DATABASE: &str = "faults";

/// Lets what the guard counts fail, and nothing else, until it is told otherwise.
async fn counting_fails(primary: &Mongod, fails: bool) {
    let mode = if fails { "alwaysOn" } else { "off" };
    let data = doc! {
        "failCommands": ["insert", "update"],
        "namespace": format!("{DATABASE}.guard_guesses"),
        "errorCode": 50,
    };
    let point = doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data };
    primary.client().database("admin").run_command(point).await.unwrap();
}

#[tokio::test]
async fn s_17_a_wrong_guess_is_not_called_wrong_before_it_is_counted() {
    let Some(set) = ReplicaSet::start(1, ELECTION_TIMEOUT).await else { return };
    let storage = storage_settings(&set.uri(), DATABASE);
    let server = ServerProcess::start_nodes(1, storage, &[]).await;
    let client = server.client();
    let (id, otp) = Person::new("jo@example.com").pending(&client).await;
    let wrong = if otp == "000000" { "111111" } else { "000000" };
    let present = async |otp: &str| {
        let form = serde_json::json!({ "otp": otp, "otp_request_id": id });
        client.post("/user/verify-email", &form).await.status
    };

    counting_fails(&set.members[0], true).await;
    assert_eq!(present(wrong).await, 503, "the first try, which is counted after it");
    assert_eq!(present(wrong).await, 503, "another, of this request");
    counting_fails(&set.members[0], false).await;
    assert_eq!(present(wrong).await, 401);
    assert_eq!(present(&otp).await, 200, "what was not told used up no more than tries");
}
