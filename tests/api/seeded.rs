//! `bioentrust-auth seed`, before a server starts on the same store.

use std::process::{Output, Stdio};

use test_support::{Person, ServerProcess};

fn seed(server: &ServerProcess, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.arg("seed").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.output().unwrap()
}

#[tokio::test]
async fn everybody_in_the_csv_can_sign_in() {
    let mut server = ServerProcess::start().await;
    server.kill();
    let csv = server.data().join("users.csv");
    for (start, users) in [("0", "3"), ("2", "2")] {
        let arguments = ["--users", users, "--start", start, "--csv", csv.to_str().unwrap()];
        let made = seed(&server, &arguments);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let lines = std::fs::read_to_string(&csv).unwrap();
    let mut lines = lines.lines();
    assert_eq!(lines.next(), Some("email,password"));
    let rows: Vec<(&str, &str)> = lines.map(|line| line.split_once(',').unwrap()).collect();
    let emails: Vec<&str> = rows.iter().map(|(email, _)| *email).collect();
    assert_eq!(emails, ["seed-2@example.com", "seed-3@example.com"]);
    server.restart().await;
    for email in ["seed-0@example.com"].iter().chain(&emails) {
        let person = Person::with_password(email, rows[0].1);
        assert_eq!(person.sign_in(&server.client()).await.status, 200, "{email}");
    }
}

#[tokio::test]
async fn a_store_in_use_and_production_are_refused_with_the_reason() {
    let mut server = ServerProcess::start().await;
    let refused = seed(&server, &["--users", "1"]);
    let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(reason.contains("is already in use"), "{reason}");
    assert_eq!(refused.status.code(), Some(1));
    server.kill();

    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/config/production.toml");
    let key = server.data().join("signing_key.pem");
    let refused = server
        .command()
        .env("BIOENTRUST_PASSWORD__INSECURE_TEST_COST", "false")
        .env("BIOENTRUST_PASSWORD__MEMORY_KIB", "19456")
        .env("BIOENTRUST_PASSWORD__ITERATIONS", "2")
        .env("BIOENTRUST_EMAIL__SMTP_URL", "smtps://user:word@smtp.example.org")
        .env("BIOENTRUST_SMS__TWILIO__AUTH_TOKEN", "0123456789abcdef0123456789abcdef")
        .env("BIOENTRUST_TOKENS__KEY_FILES", key)
        .args(["--config", config, "seed", "--users", "1"])
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let reason = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(reason.contains("profile must not be \"production\""), "{reason}");
    assert_eq!(refused.status.code(), Some(1));
}
