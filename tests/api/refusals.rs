//! Bad input, wrong paths and what every answer carries (S-64 to S-77, S-81, S-86).

use serde_json::json;

use crate::support::{Client, Person, ServerProcess, ServerThread, Tokens};

/// Refused as documented, naming the field, and the next sign-up works.
async fn still_healthy(client: &Client, email: &str) {
    Person::registered(client, email).await;
}

#[tokio::test]
async fn the_seeds_password_refusal_is_byte_for_byte() {
    let server = ServerThread::start();
    let person = Person::with_password("john@example.com", "1234567");
    let answer = server.client().post("/user/signup", &person.sign_up_form()).await;
    answer.assert(400, r#"{"error":"Password should be more than 7 characters"}"#);
    assert_eq!(answer.code(), "password_too_short");
}

#[tokio::test]
async fn bad_values_are_refused_by_the_fields_name_and_never_echoed() {
    let server = ServerThread::start();
    let client = server.client();
    let good = Person::new("john@example.com").sign_up_form();
    let long_name = "n".repeat(101);
    let long_password = "p".repeat(129);
    for (field, values) in [
        (
            "first_name",
            vec![
                json!(""),
                json!("  "),
                json!("a\nb"),
                json!("a\r\nBcc: x@evil.example"),
                json!("a\u{0}b"),
                json!("\u{202e}gnp"),
                json!(long_name),
                json!(1),
                json!(null),
                json!(["x"]),
            ],
        ),
        ("last_name", vec![json!(""), json!("a\rb"), json!({"$gt": ""}), json!(true)]),
        (
            "email",
            vec![
                json!("no-at"),
                json!("a@b"),
                json!("a@b.c, d@e.f"),
                json!("\"q\"@example.com"),
                json!("a@[1.2.3.4]"),
                json!("a@example.com\u{0}"),
                json!(7),
                json!(["a@example.com"]),
            ],
        ),
        (
            "password",
            vec![
                json!(long_password),
                json!("pass\u{0}word"),
                json!("pass\nword"),
                json!(12_345_678),
                json!(null),
            ],
        ),
    ] {
        for value in values {
            let mut form = good.clone();
            form[field] = value.clone();
            let answer = client.post("/user/signup", &form).await;
            answer.assert_refused(400, "invalid_field");
            let error = answer.json()["error"].as_str().unwrap().to_owned();
            assert!(error.starts_with(field), "{field} {value}: {error}");
            let echo = value.as_str().filter(|text| text.len() > 3);
            assert!(echo.is_none_or(|text| !answer.body.contains(text)), "{error}");
        }
        let mut form = good.clone();
        form.as_object_mut().unwrap().remove(field);
        let answer = client.post("/user/signup", &form).await;
        answer.assert(400, &format!(r#"{{"error":"{field} is required"}}"#));
    }
    still_healthy(&client, "john@example.com").await;
}

#[tokio::test]
async fn s_67_bodies_that_are_not_one_object_are_refused_everywhere() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "first@example.com").await;
    let deep = "[".repeat(8000);
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"[]".to_vec(),
        br#"["john@example.com","password123"]"#.to_vec(),
        b"null".to_vec(),
        b"{".to_vec(),
        br#"{"email":"a@example.com"}x"#.to_vec(),
        br#"{"email":"a@example.com"}{}"#.to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"email\":\"\xff\xfe@example.com\"}".to_vec(),
        deep.into_bytes(),
    ];
    for path in [
        "/user/signup",
        "/user/verify-email",
        "/user/verify_email",
        "/user/signin",
        "/user/verify-sms",
        "/user/verify_sms",
        "/user/forgot-password",
        "/user/resend-otp",
        "/user/send-sms",
        "/auth/reset-password",
        "/user/reset-password",
    ] {
        for body in &bodies {
            let request = client
                .request("POST", path)
                .bearer_auth(&tokens.access)
                .header("content-type", "application/json")
                .body(body.clone());
            client.send(request).await.assert_refused(400, "malformed_json");
        }
    }
    still_healthy(&client, "john@example.com").await;
}

#[tokio::test]
async fn s_67_a_field_given_twice_is_refused_by_name() {
    let server = ServerThread::start();
    let client = server.client();
    let body = r#"{"email":"a@example.com","password":"password123","email":"b@example.com"}"#;
    let answer = client.post_raw("/user/signin", body).await;
    answer.assert(400, r#"{"error":"email is given twice"}"#);
    let body = r#"{"email":"a@example.com","password":"password123","role":"a","role":"b"}"#;
    client.post_raw("/user/signin", body).await.assert_refused(400, "duplicate_field");
}

#[tokio::test]
async fn large_bodies_are_413_and_deep_unknown_fields_do_no_harm() {
    let server = ServerThread::start();
    let client = server.client();
    for size in [17 * 1024, 10 * 1024 * 1024] {
        let body = json!({"email": "a@example.com", "password": "p".repeat(size)}).to_string();
        let request = client.request("POST", "/user/signin");
        let request = request.header("content-type", "application/json").body(body);
        // The server may close before it has read ten megabytes: that is a refusal too.
        if let Ok(answer) = client.try_send(request).await {
            answer.assert_refused(413, "body_too_large");
        }
    }
    let deep = format!("{}{}", "[".repeat(7000), "]".repeat(7000));
    let mut form = Person::new("deep@example.com").sign_up_form().to_string();
    form.truncate(form.len() - 1);
    let answer = client.post_raw("/user/signup", format!("{form},\"x\":{deep}}}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    still_healthy(&client, "john@example.com").await;
}

#[tokio::test]
async fn other_media_types_are_415() {
    let server = ServerThread::start();
    let client = server.client();
    let body = Person::new("john@example.com").sign_up_form().to_string();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/jsonp",
        "",
    ] {
        let mut request = client.request("POST", "/user/signup").body(body.clone());
        if !media.is_empty() {
            request = request.header("content-type", media);
        }
        client.send(request).await.assert_refused(415, "unsupported_media_type");
    }
    for media in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=\"UTF-8\"",
    ] {
        let request = client.request("POST", "/user/signup").header("content-type", media);
        assert_eq!(client.send(request.body(body.clone())).await.status, 200, "{media}");
    }
}

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
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 22));
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
async fn s_04_a_password_too_long_to_be_any_is_refused_at_sign_in_before_any_work() {
    let server = ServerThread::start();
    let client = server.client();
    let answer = Person::with_password("a@example.com", &"p".repeat(2000)).sign_in(&client).await;
    answer.assert_refused(400, "invalid_field");
    let answer = Person::with_password("a@example.com", "short").sign_in(&client).await;
    answer.assert_refused(401, "invalid_credentials");
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
    }
}

#[tokio::test]
async fn bearer_tokens_of_garbage_do_no_harm() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, Tokens { access, .. }) = Person::registered(&client, "john@example.com").await;
    let mut altered = access.clone();
    let last = if altered.pop() == Some('A') { 'B' } else { 'A' };
    altered.push(last);
    let parts: Vec<_> = access.split('.').collect();
    for token in [
        altered,
        format!("{}.{}.", parts[0], parts[1]),
        format!("eyJhbGciOiJub25lIn0.{}.", parts[1]),
        format!("{access}.x"),
        "a".repeat(5000),
        "..".to_owned(),
    ] {
        let answer = client.with_bearer("GET", "/user/protected", &token).await;
        assert_eq!(answer.status, 401, "{token}");
    }
}
