//! Bad input is refused as documented, and nothing else happens (S-04, S-64 to S-67).

use serde_json::json;

use test_support::{Client, Person, ServerThread, Tokens};

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
async fn s_04_a_password_too_long_to_be_any_is_refused_at_sign_in_before_any_work() {
    let server = ServerThread::start();
    let client = server.client();
    let answer = Person::with_password("a@example.com", &"p".repeat(2000)).sign_in(&client).await;
    answer.assert_refused(400, "invalid_field");
    let answer = Person::with_password("a@example.com", "short").sign_in(&client).await;
    answer.assert_refused(401, "invalid_credentials");
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
