//! Lines that an attacker would like to see in the log (S-79, S-80).

use serde_json::{Value, json};
use test_support::{Client, Person, ServerProcess, wait_for};

/// What a forged line would say.
const FORGED: &str = "forged-by-an-attacker";

/// Text that ends a line, moves the cursor, or begins an event of its own.
fn poisons() -> Vec<String> {
    let event = json!({"event": "sign_in", "outcome": "success", "user": FORGED}).to_string();
    vec![
        format!("x\r\n{event}"),
        format!("x\n2026-01-01T00:00:00.000Z  INFO {FORGED}"),
        format!("x\u{1b}[2J\u{1b}[1;1H{FORGED}"),
        format!("x\u{1b}]0;{FORGED}\u{7}"),
        format!("x\u{9b}31m{FORGED}"),
        format!("x\u{8}\u{8}\u{8}{FORGED}"),
        format!("x\u{0}{FORGED}"),
        format!("x\",\"event\":\"{FORGED}\",\"y\":\""),
        format!("x\u{2028}{FORGED}"),
    ]
}

/// Every place that a client can put text in.
async fn poison(client: &Client, text: &str) {
    for field in ["first_name", "last_name", "email", "password"] {
        let mut form = Person::new("john@example.com").sign_up_form();
        form[field] = json!(text);
        client.post("/user/signup", &form).await;
    }
    for (path, form) in [
        ("/user/signin", json!({"email": text, "password": text})),
        ("/user/signin", json!({"email": "a@example.com", "password": text})),
        ("/user/verify-email", json!({"otp": text, "otp_request_id": text})),
        ("/user/verify-sms", json!({"otp": "123456", "otp_request_id": text, "app_id": text})),
        ("/user/forgot-password", json!({"email": text})),
        ("/user/signin", json!({text: text})),
    ] {
        client.post(path, &form).await;
    }
    let encoded: Vec<String> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = encoded.concat();
    client.get(&format!("/{encoded}")).await;
    client.get(&format!("/user/home?x={encoded}")).await;
    client.get(&format!("/dev/inbox.json?to={encoded}")).await;
    let bearer = "a".repeat(20) + &encoded;
    client.with_bearer("GET", "/user/protected", &bearer).await;
    for name in [
        "User-Agent",
        "X-Request-Id",
        "X-Forwarded-For",
        "Accept-Language",
        "Accept",
        "Host",
        "Origin",
        "Referer",
        "Authorization",
        "Cookie",
        "Content-Type",
        "Traceparent",
    ] {
        // As it stands, where the server may refuse the whole request, and without line ends.
        for value in [text.to_owned(), text.replace(['\r', '\n', '\0'], "\t")] {
            let request = format!(
                "GET /user/home HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nConnection: close\r\n\r\n"
            );
            client.exchange(request).await;
        }
    }
    let rest = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    client.exchange(format!("GET /{text} {rest}")).await;
    client.exchange(format!("{text} / {rest}")).await;
}

#[tokio::test]
async fn s_80_no_input_ends_a_line_or_writes_one_of_its_own_in_either_format() {
    for format in ["json", "text"] {
        let server = ServerProcess::start_with(&[
            ("BIOENTRUST_LOG__LEVEL", "trace"),
            ("BIOENTRUST_LOG__FORMAT", format),
            ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "127.0.0.1/32"),
            ("BIOENTRUST_LIMITS__ENABLED", "false"),
        ])
        .await;
        let client = server.client();
        for text in poisons() {
            poison(&client, &text).await;
        }
        // The last event is there: so is whatever came before it.
        Person::registered(&client, "last@example.com").await;
        let log = wait_for(|| {
            let log = server.log();
            (log.ends_with('\n') && log.contains("verify_email")).then_some(log)
        })
        .await;
        for line in log.lines() {
            assert!(!line.chars().any(char::is_control), "{format}: {line:?}");
            if format == "json" {
                let event: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
                assert_ne!(event["user"], FORGED);
                assert_ne!(event["event"], FORGED);
            } else {
                let time = line.split(' ').next().unwrap();
                assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
                let forged = line.split_once(FORGED).is_some_and(|(before, _)| before.len() < 40);
                assert!(!forged, "{line}");
            }
        }
    }
}
