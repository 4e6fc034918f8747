//! What a request costs the database, and what the database gets to see: by mongod's own profiler.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use mongod::mongodb::Database;
use mongod::mongodb::bson::{Bson, Document, doc};
use serde_json::json;
use test_support::{Person, ServerProcess, Tokens, storage_settings};

/// A node over a database that notes every operation.
struct Profiled {
    server: ServerProcess,
    database: Database,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Cost {
    reads: usize,
    writes: usize,
}

impl Profiled {
    async fn start() -> Option<Self> {
        let mongod = mongod::shared_server().await?;
        let name = "profiled";
        let database = mongod.client().database(name);
        database.run_command(doc! { "profile": 2 }).await.unwrap();
        let storage = storage_settings(&mongod.uri(), name);
        let server = ServerProcess::start_nodes(1, storage, &[]).await;
        Some(Self { server, database })
    }

    /// What requests have done, by collection. The server's own looks are left out.
    async fn operations(&self) -> Vec<Document> {
        let profile = self.database.collection::<Document>("system.profile");
        let ours = doc! {
            "appName": "bioentrust-auth",
            "op": { "$in": ["query", "insert", "update", "remove", "command"] },
            "command.comment": { "$exists": false },
            "ns": { "$not": { "$regex": "system\\." } },
        };
        profile.find(ours).await.unwrap().try_collect().await.unwrap()
    }

    /// What `work` costs in each collection.
    async fn cost<T>(&self, work: impl Future<Output = T>) -> (T, BTreeMap<String, Cost>) {
        let before = self.operations().await.len();
        let done = work.await;
        let mut costs = BTreeMap::<String, Cost>::new();
        for operation in self.operations().await.drain(before..) {
            let collection = operation.get_str("ns").unwrap().split_once('.').unwrap().1.to_owned();
            let command = operation.get_document("command").unwrap();
            // What each node does of its own accord, about once a second.
            let is_own = command.contains_key("aggregate")
                || command.contains_key("count")
                || collection.contains("$cmd");
            if is_own {
                continue;
            }
            let cost = costs.entry(collection).or_default();
            match operation.get_str("op").unwrap() {
                "query" => cost.reads += 1,
                _ => cost.writes += 1,
            }
        }
        (done, costs)
    }
}

fn at_most(costs: &BTreeMap<String, Cost>, collection: &str, reads: usize, writes: usize) {
    let none = Cost::default();
    let cost = costs.get(collection).unwrap_or(&none);
    assert!(cost.reads <= reads && cost.writes <= writes, "{collection}: {costs:?}");
}

#[tokio::test]
async fn requests_cost_what_the_documentation_says() {
    let Some(profiled) = Profiled::start().await else { return };
    let client = profiled.server.client();
    let person = Person::new("jo@example.com");
    let (id, otp) = person.pending(&client).await;
    let verify = test_support::verify_email(&client, &id, &otp);
    let (verified, costs) = profiled.cost(verify).await;
    let Tokens { access, .. } = Tokens::of(&verified);
    // The code, the account and the session: one read and three writes.
    at_most(&costs, "otp_destinations", 0, 1);
    at_most(&costs, "users", 0, 1);
    at_most(&costs, "sessions", 1, 1);

    let (signed_in, costs) = profiled.cost(person.sign_in(&client)).await;
    assert_eq!(signed_in.status, 200);
    at_most(&costs, "users", 2, 0);
    at_most(&costs, "sessions", 1, 1);

    let protected = client.with_bearer("GET", "/user/protected", &access);
    let (answer, costs) = profiled.cost(protected).await;
    assert_eq!((answer.status, costs), (200, BTreeMap::new()));
    s68_no_operator_of_a_client_reaches_the_database(&profiled).await;
}

/// S-68: what clients send is compared as a string, or refused.
async fn s68_no_operator_of_a_client_reaches_the_database(profiled: &Profiled) {
    let client = profiled.server.client();
    let operators =
        [json!({"$gt": ""}), json!({"$ne": null}), json!({"$where": "1"}), json!(["$regex"])];
    for operator in operators {
        for path in ["/user/signin", "/user/forgot-password"] {
            let form = json!({"email": operator, "password": "correct horse battery"});
            client.post(path, &form).await.assert_refused(400, "invalid_field");
        }
        let form = json!({"otp": operator, "otp_request_id": operator});
        client.post("/user/verify-email", &form).await.assert_refused(400, "invalid_field");
    }
    let dotted = json!({"email.canonical": "jo@example.com", "$where": "1", "password": "x"});
    client.post("/user/signin", &dotted).await.assert_refused(400, "invalid_field");
    // A string is a string, whatever it says.
    let form = json!({"email": "$where@example.com", "password": "{\"$gt\":\"\"}"});
    assert_eq!(client.post("/user/signin", &form).await.status, 401);
    for operation in profiled.operations().await {
        let command = operation.get_document("command").unwrap();
        let filter = command.get_document("filter").or_else(|_| command.get_document("q"));
        let Ok(filter) = filter else { continue };
        for (key, value) in filter {
            assert!(!key.starts_with('$'), "{filter}");
            if key == "email.canonical" {
                assert!(matches!(value, Bson::String(_)), "{filter}");
            }
        }
        let text = filter.to_string();
        for operator in ["$where", "$regex", "$ne", "$expr", "$function"] {
            assert!(!text.contains(&format!("\"{operator}\"")), "{filter}");
        }
    }
}
