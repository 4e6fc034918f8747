//! What an operator sees: health, documents, settings, signals, logs (S-78 to S-86, S-100).

use std::fs;

use serde_json::{Value, json};

use test_support::{
    Client, Person, ServerProcess, ServerThread, Tokens, binary, verify_email, wait_for,
};

#[tokio::test]
async fn health_shows_each_component() {
    let server = ServerThread::start();
    let client = server.client();
    client.get("/health/live").await.assert(200, r#"{"status":"ok"}"#);
    let answer = client.get("/health/ready").await;
    assert_eq!(answer.status, 200);
    let health = answer.json();
    assert_eq!(health["status"], "ok");
    for component in [
        "server",
        "store",
        "user_store",
        "revocation_registry",
        "revocation_feed",
        "otp_manager",
        "attempt_guard",
        "password_hasher",
        "notification_dispatch",
        "email_channel",
        "sms_channel",
        "rate_limiter",
        "audit_trail",
    ] {
        assert_eq!(health["components"][component], "ok", "{health}");
    }
}

#[tokio::test]
async fn the_admin_listener_shows_health_and_nothing_of_the_api() {
    let server = ServerThread::start();
    let admin = Client::new(format!("http://{}", server.admin_address()));
    assert_eq!(admin.get("/health/ready").await.status, 200);
    assert_eq!(admin.get("/user/home").await.status, 404);
    assert_eq!(admin.get("/dev/inbox.json").await.status, 404);
}

#[tokio::test]
async fn the_public_keys_are_published_and_cacheable() {
    let server = ServerThread::start();
    let answer = server.client().get("/.well-known/jwks.json").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let key = &answer.json()["keys"][0];
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(key["d"].is_null(), "the private part stays here");
}

#[tokio::test]
async fn hs256_publishes_no_key() {
    let server = ServerThread::start_with(&[("BIOENTRUST_TOKENS__ALGORITHM", "HS256")]);
    let client = server.client();
    client.get("/.well-known/jwks.json").await.assert(200, r#"{"keys":[]}"#);
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    assert_eq!(client.with_bearer("GET", "/user/protected", &tokens.access).await.status, 200);
}

#[tokio::test]
async fn es256_works_as_well() {
    let server = ServerThread::start_with(&[("BIOENTRUST_TOKENS__ALGORITHM", "ES256")]);
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    assert_eq!(client.with_bearer("GET", "/user/protected", &tokens.access).await.status, 200);
}

#[tokio::test]
async fn the_api_document_is_served_and_its_page_needs_nobody_else() {
    let server = ServerThread::start();
    let client = server.client();
    let document = client.get("/openapi.json").await;
    assert_eq!(document.body, fs::read_to_string("docs/openapi.json").unwrap());
    let page = client.get("/docs").await;
    assert!(page.body.contains("swagger-ui"), "{}", page.body);
    assert!(!page.body.contains("https://") && !page.body.contains("http://"));
    let assets: Vec<_> = page.body.split('"').filter(|text| text.starts_with("docs/")).collect();
    assert!(assets.len() > 4, "{assets:?}");
    for asset in assets {
        let answer = client.get(&format!("/{asset}")).await;
        // Kept compressed, but for the one that is written for this server.
        let encoding = (asset != "docs/swagger-initializer.js").then_some("gzip");
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{asset}");
    }
    client.get("/docs/../Cargo.toml").await.assert_refused(404, "not_found");
    client.get("/docs/nothing.js").await.assert_refused(404, "not_found");
}

#[test]
fn the_committed_api_document_is_the_generated_one() {
    let output = binary().arg("openapi").output().unwrap();
    let committed = fs::read_to_string("docs/openapi.json").unwrap();
    assert!(String::from_utf8(output.stdout).unwrap() == committed, "run: just generate");
}

#[tokio::test]
async fn the_inbox_page_is_readable_and_loads_nothing_from_elsewhere() {
    let server = ServerThread::start();
    let client = server.client();
    let page = client.get("/dev/inbox").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("unsafe") && policy.contains("default-src 'none'"), "{policy}");
    for asset in ["/dev/inbox.js", "/dev/inbox.css"] {
        assert_eq!(client.get(asset).await.status, 200);
    }
}

#[tokio::test]
async fn the_inbox_shows_messages_newest_first_in_the_documented_shape() {
    let server = ServerThread::start();
    let client = server.client();
    Person::new("a@example.com").sign_up(&client).await;
    Person::new("b@example.com").sign_up(&client).await;
    let all = client.get("/dev/inbox.json").await.json();
    let newest = &all[0];
    assert_eq!(newest["to"], "b@example.com");
    assert_eq!(all[1]["to"], "a@example.com");
    for field in ["id", "channel", "to", "subject", "text", "html", "code", "link", "at"] {
        assert!(newest.get(field).is_some(), "no {field}: {newest}");
    }
    assert_eq!((&newest["channel"], &newest["link"]), (&json!("email"), &Value::Null));
    client.get("/dev/inbox.json?to=a&to=b").await.assert_refused(400, "malformed_query");
}

#[tokio::test]
async fn s_100_sigterm_ends_the_server_in_order_with_exit_code_zero() {
    for signal in ["TERM", "INT"] {
        let mut server = ServerProcess::start().await;
        Person::registered(&server.client(), "john@example.com").await;
        server.signal(signal);
        assert_eq!(server.ended().await.code(), Some(0), "{signal}: {}", server.log());
    }
}

#[tokio::test]
async fn s_100_a_request_under_way_is_finished_before_the_end() {
    // The full cost of a hash, so that the signal arrives in the middle of it.
    let mut server = ServerProcess::start_with(&[
        ("BIOENTRUST_PASSWORD__MEMORY_KIB", "131072"),
        ("BIOENTRUST_PASSWORD__ITERATIONS", "3"),
    ])
    .await;
    let client = server.client();
    let sign_up = tokio::spawn(async move {
        client.post("/user/signup", &Person::new("john@example.com").sign_up_form()).await.status
    });
    // Half of the memory that the hash takes has been filled: it is under way.
    wait_for(|| (server.memory_kib("VmRSS") > 65_536).then_some(())).await;
    server.signal("TERM");
    assert_eq!(sign_up.await.unwrap(), 200);
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused_with_a_clear_message() {
    let server = ServerProcess::start().await;
    let output = server.command().output();
    let status = output.unwrap().status;
    assert_ne!(status.code(), Some(0));
    assert!(server.log().contains("in use"), "{}", server.log());
    assert_eq!(server.client().get("/user/home").await.status, 200);
}

#[test]
fn s_83_a_start_that_must_be_refused_names_the_key() {
    for (key, value, named) in [
        ("BIOENTRUST_SERVER__LISTNE", "127.0.0.1:0", "listne"),
        ("BIOENTRUST_NONSENSE", "1", "nonsense"),
        ("BIOENTRUST_PROFILE", "production", "tokens.key_files"),
        ("BIOENTRUST_PASSWORD__MEMORY_KIB", "1024", "password.memory_kib"),
        ("BIOENTRUST_STORAGE__BACKEND", "mongo", "storage.backend"),
        ("BIOENTRUST_STORAGE__BACKEND", "mongodb", "storage.uri"),
        ("BIOENTRUST_TOKENS__ACCESS_TTL", "soon", "access_ttl"),
    ] {
        let output = binary().arg("serve").env(key, value).output().unwrap();
        assert_ne!(output.status.code(), Some(0), "{key}");
        let text = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(text.contains(named), "{key}: {text}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_in_plain_words_and_nothing_else_goes_wrong() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut command = binary();
    command.arg("serve").env("BIOENTRUST_SERVER__LISTEN", &address);
    command
        .env("BIOENTRUST_SERVER__ADMIN_LISTEN", "")
        .env("BIOENTRUST_STORAGE__PATH", folder.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let [log, said] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert!(!log.contains("panicked") && !said.contains("panicked"), "{log}{said}");
}

#[test]
fn config_check_and_show_speak_to_a_person() {
    let output = binary().args(["config", "check"]).output().unwrap();
    assert!(output.status.success());
    let output = binary().args(["config", "show"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("[server]"));
    let help = binary().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in ["serve", "config", "openapi", "healthcheck", "BIOENTRUST_CONFIG"] {
        assert!(help.contains(word), "{help}");
    }
}

#[tokio::test]
async fn healthcheck_tells_by_its_exit_code() {
    let mut server = ServerProcess::start().await;
    let url = server.client().url("/health/ready");
    let check = || binary().args(["healthcheck", "--url", &url]).status().unwrap().code();
    assert_eq!(check(), Some(0));
    server.kill();
    assert_ne!(check(), Some(0));
}

#[tokio::test]
async fn s_79_no_secret_reaches_the_log_at_any_level() {
    for format in ["json", "text"] {
        let server = ServerProcess::start_with(&[
            ("BIOENTRUST_LOG__LEVEL", "trace"),
            ("BIOENTRUST_LOG__FORMAT", format),
        ])
        .await;
        let secrets = everything_once(&server.client()).await;
        let log = server.log();
        assert!(log.contains("sign_in"), "the log is there: {log}");
        for secret in secrets {
            assert!(!log.contains(&secret), "{format}: {secret} is in the log");
        }
        let key = fs::read_to_string(server.data().join("signing-key.pem")).unwrap();
        assert!(!log.contains(key.lines().nth(1).unwrap()));
        assert!(!log.contains("$argon2id$"));
    }
}

/// Goes through every flow; returns what must never be logged.
async fn everything_once(client: &Client) -> Vec<String> {
    let email = "canary.person@example.com";
    let mut person = Person::with_password(email, "canary-password-1");
    let id = person.sign_up(client).await;
    let otp = client.code_for(email).await;
    let first = Tokens::of(&verify_email(client, &id, &otp).await);
    Person::with_password(email, "canary-password-2").sign_in(client).await;
    let tokens = Tokens::of(&person.sign_in(client).await);
    let phone = "+2348012345678";
    let form = json!({"phone_number": phone});
    let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
    let id = client.send(request.json(&form)).await.json()["otp_request_id"].clone();
    let sms = client.code_for(phone).await;
    client.post("/user/verify-sms", &json!({"otp": sms, "otp_request_id": id})).await;
    client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
    let form = json!({"email": email, "password": "canary-password-3"});
    client.post("/user/forgot-password", &form).await;
    let link = client.reset_token_for(email).await;
    person.reset_password(client, &link, "canary-password-4").await;
    client.with_bearer("DELETE", "/user/signout", &first.refresh).await;
    client.post_raw("/user/signin", r#"{"email":"canary-password-5"#).await;
    let mut secrets: Vec<String> = (1..=5).map(|n| format!("canary-password-{n}")).collect();
    secrets.extend([email, phone, "canary.person", "Doe"].map(str::to_owned));
    secrets.extend([first.access, first.refresh, tokens.access, tokens.refresh, link]);
    secrets.extend([format!("\"{otp}\""), format!(" {otp}"), format!("={otp}"), format!(" {sms}")]);
    secrets
}

#[tokio::test]
async fn s_78_each_act_leaves_one_event_with_its_request_id() {
    let mut server = ServerProcess::start_with(&[("BIOENTRUST_LOG__FORMAT", "json")]).await;
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    Person::with_password(&person.email, "wrong").sign_in(&client).await;
    let request = client.request("POST", "/user/signin").header("x-request-id", "sign-in-of-john");
    let form = json!({"email": person.email, "password": person.password});
    assert_eq!(client.send(request.json(&form)).await.status, 200);
    client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
    client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
    let events = wait_for(|| {
        let events = events(&server.log());
        events.iter().any(|event| event["event"] == "sign_out").then_some(events)
    })
    .await;
    let acts: Vec<_> = events
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), event["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        acts,
        [
            ("server_start", "success"),
            ("send_code", "success"),
            ("sign_up", "success"),
            ("verify_email", "success"),
            ("sign_in", "failure"),
            ("sign_in", "success"),
            ("refresh", "success"),
            ("sign_out", "success"),
        ]
    );
    let of_clients = &events[1..];
    assert!(
        of_clients
            .iter()
            .all(|event| event["request_id"].is_string() && event["ip"] == "127.0.0.1")
    );
    assert_eq!(events[5]["request_id"], "sign-in-of-john");
    let log = server.log();
    let delivery = log.lines().find(|line| line.contains("notice dealt with")).unwrap();
    assert!(delivery.contains("request_id"), "{delivery}");
    assert!(events[5]["user"].is_string() && events[5]["factor"] == "password");
    assert_eq!(events[1]["subject"], "j***@example.com");
    server.signal("TERM");
    assert_eq!(server.ended().await.code(), Some(0));
    let last = self::events(&server.log()).pop().unwrap();
    assert_eq!((&last["event"], &last["outcome"]), (&json!("server_stop"), &json!("success")));
}

/// The security events in a JSON log, flat.
fn events(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| flat_event(&line)).collect()
}

fn flat_event(line: &Value) -> Option<Value> {
    let mut flat = serde_json::Map::new();
    collect(line, &mut flat);
    flat.contains_key("event").then_some(Value::Object(flat))
}

/// Fields wherever the format nests them.
fn collect(value: &Value, flat: &mut serde_json::Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if value.is_object() || value.is_array() {
                    collect(value, flat);
                } else {
                    flat.insert(name.clone(), value.clone());
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, flat)),
        _ => {}
    }
}
