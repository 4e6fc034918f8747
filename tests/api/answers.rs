//! What answers carry: statuses, headers, ids, error bodies, and the same for everybody (S-46,
//! S-52, S-71 to S-74, S-77, S-81, S-86).

use serde_json::json;

use test_support::{Person, ServerProcess, ServerThread};

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405_with_allow() {
    let server = ServerThread::start();
    let client = server.client();
    for path in [
        "/",
        "/user",
        "/user/home/",
        "/user/signup/",
        "//user/home",
        "/user/%68ome/",
        "/metrics",
        "/admin",
    ] {
        let answer = client.get(path).await;
        answer.assert_refused(404, "not_found");
        assert_eq!(answer.body, r#"{"error":"No such path"}"#, "{path}");
    }
    for (method, path, allow) in [
        ("POST", "/user/home", "GET"),
        ("GET", "/user/signup", "POST"),
        ("PUT", "/user/signin", "POST"),
        ("GET", "/user/signout", "DELETE"),
        ("DELETE", "/auth/reset-password", "POST"),
        ("TRACE", "/user/home", "GET"),
        ("OPTIONS", "/user/home", "GET"),
        ("POST", "/health/live", "GET"),
    ] {
        let answer = client.send(client.request(method, path)).await;
        assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"), "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    }
}

#[tokio::test]
async fn s_71_every_answer_carries_the_documented_headers() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let answers = [
        client.get("/user/home").await,
        client.with_bearer("GET", "/user/protected", &tokens.access).await,
        client.get("/user/protected").await,
        client.get("/nowhere").await,
        client.post("/user/home", &json!({})).await,
        client.post_raw("/user/signin", "[").await,
        client.get("/health/ready").await,
    ];
    for answer in answers {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("x-dev-mode", "1"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32));
        assert!(answer.header("content-type").unwrap().starts_with("application/json"));
        assert_eq!(answer.header("server"), None);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.status >= 400, answer.header("x-error-code").is_some(), "{answer:?}");
    }
}

#[tokio::test]
async fn s_81_a_harmless_request_id_is_kept_and_any_other_replaced() {
    let server = ServerThread::start();
    let client = server.client();
    for (id, kept) in [
        ("client-chosen_ID-42", true),
        ("short", false),
        ("has a space in it", false),
        ("semi;colon;inside", false),
        (&"x".repeat(65), false),
    ] {
        let request = client.request("GET", "/user/home").header("x-request-id", id);
        let answer = client.send(request).await;
        assert_eq!(answer.header("x-request-id") == Some(id), kept, "{id}");
    }
}

#[tokio::test]
async fn rfc_9457_is_given_to_whoever_asks_for_it() {
    let server = ServerThread::start();
    let client = server.client();
    for (method, path, status, code) in [
        ("GET", "/user/protected", 401, "unauthorized"),
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/user/home", 405, "method_not_allowed"),
        ("POST", "/user/signin", 415, "unsupported_media_type"),
    ] {
        let request = client.request(method, path).header("accept", "application/problem+json");
        let answer = client.send(request).await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let body = answer.json();
        assert_eq!((&body["status"], &body["code"]), (&json!(status), &json!(code)));
        assert_eq!(body["instance"].as_str(), answer.header("x-request-id"));
        for field in ["type", "title", "detail"] {
            assert!(body[field].is_string(), "{body}");
        }
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn s_46_unknown_users_and_wrong_passwords_get_the_same_answer() {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, "known@example.com").await;
    Person::new("pending@example.com").sign_up(&client).await;
    let mut seen = Vec::new();
    for email in ["known@example.com", "pending@example.com", "unknown@example.com"] {
        let answer = Person::with_password(email, "a wrong password").sign_in(&client).await;
        answer.assert(401, r#"{"error":"Invalid login credentials"}"#);
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        seen.push(headers);
    }
    assert!(seen.iter().all(|headers| *headers == seen[0]));
}

#[tokio::test]
async fn s_52_failed_sign_ins_are_slowed_down_and_the_owner_is_let_in() {
    let server = ServerThread::start();
    let client = server.client();
    for email in ["known@example.com", "unknown@example.com"] {
        if email.starts_with("known") {
            Person::registered(&client, email).await;
        }
        let guesser = Person::with_password(email, "a wrong password");
        for _ in 0..5 {
            assert_eq!(guesser.sign_in(&client).await.status, 401);
        }
        let mut status = guesser.sign_in(&client).await.status;
        if status == 401 {
            status = guesser.sign_in(&client).await.status;
        }
        assert_eq!(status, 429, "{email}");
        let answer = guesser.sign_in(&client).await;
        answer.assert_refused(429, "rate_limited");
        assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    }
    server.advance(std::time::Duration::from_secs(5));
    assert_eq!(Person::new("known@example.com").sign_in(&client).await.status, 200);
}

#[tokio::test]
async fn limits_can_be_switched_off_for_load_tests() {
    let server = ServerThread::start_with(&[("BIOENTRUST_LIMITS__ENABLED", "false")]);
    let client = server.client();
    let guesser = Person::with_password("john@example.com", "a wrong password");
    for _ in 0..20 {
        assert_eq!(guesser.sign_in(&client).await.status, 401);
    }
}

#[tokio::test]
async fn s_74_cors_is_off_unless_exact_origins_are_configured() {
    let server = ServerProcess::start_with(&[(
        "BIOENTRUST_SERVER__CORS_ORIGINS",
        "https://app.example.org",
    )])
    .await;
    let client = server.client();
    for (origin, allowed) in [
        ("https://app.example.org", true),
        ("https://evil.example", false),
        ("https://app.example.org.evil.example", false),
        ("http://app.example.org", false),
        ("null", false),
    ] {
        let request = client.request("GET", "/user/home").header("origin", origin);
        let answer = client.send(request).await;
        let seen = answer.header("access-control-allow-origin");
        assert_eq!(seen, allowed.then_some(origin), "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let request = client
            .request("OPTIONS", "/user/signin")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let preflight = client.send(request).await;
        assert!(preflight.header("x-request-id").is_some());
        if allowed {
            assert_eq!(preflight.status, 200, "{}", preflight.body);
        } else {
            preflight.assert_refused(403, "cross_origin_refused");
        }
    }
}
