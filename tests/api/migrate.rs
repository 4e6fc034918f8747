//! `bioentrust-auth migrate`, between two lives of one server.

use std::process::{Output, Stdio};

use test_support::{Person, ServerProcess};

fn migrate(server: &ServerProcess, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.arg("migrate").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.output().unwrap()
}

const THERE: [&str; 4] = ["--from", "embedded", "--to", "mongodb"];

#[tokio::test]
async fn a_server_goes_on_over_mongodb_where_it_stopped_on_the_embedded_store() {
    let Some((uri, database)) = mongod::shared_standalone().await else { return };
    let storage =
        [("BIOENTRUST_STORAGE__URI", &*uri), ("BIOENTRUST_STORAGE__DATABASE", &*database)];
    let mut server = ServerProcess::start_with(&storage).await;
    let client = server.client();
    let (ada, kept) = Person::registered(&client, "ada@example.com").await;
    let (_, ended) = Person::registered(&client, "bob@example.com").await;
    let answer = client.with_bearer("DELETE", "/user/signout", &ended.refresh).await;
    assert_eq!(answer.status, 200);

    let refused = migrate(&server, &THERE);
    let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && reason.contains("is already in use"), "{reason}");
    server.kill();
    let moved = migrate(&server, &THERE);
    let report = String::from_utf8_lossy(&moved.stdout).into_owned();
    assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    assert!(report.starts_with("verified: both stores hold the same\n"), "{report}");
    assert!(report.contains("\naccounts                        2  "), "{report}");
    let again = migrate(&server, &THERE);
    let reason = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && reason.contains("already holds accounts"), "{reason}");

    server.set("BIOENTRUST_STORAGE__BACKEND", "mongodb");
    server.restart().await;
    let client = server.client();
    let ada = Person::with_password(&ada.email, &ada.password);
    assert_eq!(ada.sign_in(&client).await.status, 200);
    assert_eq!(client.with_bearer("GET", "/user/refresh", &kept.refresh).await.status, 200);
    for (path, token) in [("/user/refresh", &ended.refresh), ("/user/protected", &ended.access)] {
        assert_eq!(client.with_bearer("GET", path, token).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn a_migration_that_makes_no_sense_is_refused_with_its_reason() {
    let mut server = ServerProcess::start().await;
    server.kill();
    for (arguments, reason) in [
        (["--from", "embedded", "--to", "embedded"], "must name different stores"),
        (THERE, "storage.uri is required"),
    ] {
        let refused = migrate(&server, &arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1));
        assert!(said.contains(reason), "{said}");
    }
}
