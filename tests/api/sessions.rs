//! Sessions from outside: what a sign-out, a clock and a second token kill (S-35 to S-42).

use std::time::Duration;

use serde_json::Value;

use test_support::{Client, Person, ServerProcess, ServerThread, Tokens, all};

const UNAUTHORIZED: &str = r#"{"status":"error","message":"Unauthorized"}"#;
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

async fn protected(client: &Client, tokens: &Tokens) -> u16 {
    client.with_bearer("GET", "/user/protected", &tokens.access).await.status
}

async fn refresh(client: &Client, tokens: &Tokens) -> u16 {
    client.with_bearer("GET", "/user/refresh", &tokens.refresh).await.status
}

async fn sign_out(client: &Client, tokens: &Tokens) -> u16 {
    client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await.status
}

#[tokio::test]
async fn s_35_a_sign_out_kills_both_tokens_of_its_session_and_no_other() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, first) = Person::registered(&client, "john@example.com").await;
    let second = Tokens::of(&person.sign_in(&client).await);
    assert_eq!(sign_out(&client, &first).await, 200);
    client.refuses(&first.access).await;
    assert_eq!(refresh(&client, &first).await, 401);
    assert_eq!((protected(&client, &second).await, refresh(&client, &second).await), (200, 200));
}

#[tokio::test]
async fn s_36_a_sign_out_survives_a_kill_right_after_its_answer() {
    let mut server = ServerProcess::start().await;
    for round in 0..5 {
        let client = server.client();
        let email = format!("p{round}@example.com");
        let (person, tokens) = Person::registered(&client, &email).await;
        assert_eq!(sign_out(&client, &tokens).await, 200);
        server.kill();
        server.restart().await;
        let client = server.client();
        assert_eq!(
            (protected(&client, &tokens).await, refresh(&client, &tokens).await),
            (401, 401)
        );
        assert_eq!(sign_out(&client, &tokens).await, 401);
        assert_eq!(person.sign_in(&client).await.status, 200, "the account is still there");
    }
}

#[tokio::test]
async fn s_36_living_sessions_survive_a_kill_too() {
    let mut server = ServerProcess::start().await;
    let (_, tokens) = Person::registered(&server.client(), "john@example.com").await;
    server.kill();
    server.restart().await;
    let client = server.client();
    assert_eq!((protected(&client, &tokens).await, refresh(&client, &tokens).await), (200, 200));
}

#[tokio::test]
async fn s_42_of_parallel_sign_outs_one_succeeds_and_the_others_are_401() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let statuses = all((0..20).map(|_| {
        let (client, tokens) = (client.clone(), tokens.clone());
        async move { sign_out(&client, &tokens).await }
    }))
    .await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn s_27_an_access_token_lives_fifteen_minutes() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    server.advance(Duration::from_secs(899));
    assert_eq!(protected(&client, &tokens).await, 200);
    server.advance(Duration::from_secs(1));
    assert_eq!(protected(&client, &tokens).await, 401);
    assert_eq!(refresh(&client, &tokens).await, 200);
}

#[tokio::test]
async fn s_106_a_session_ends_after_a_week_of_silence_and_after_a_month_in_any_case() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    for _ in 0..4 {
        server.advance(Duration::from_mins(7 * 24 * 60 - 1));
        assert_eq!(refresh(&client, &tokens).await, 200);
    }
    server.advance(3 * DAY);
    assert_eq!(refresh(&client, &tokens).await, 401, "30 days are over");

    let tokens = Tokens::of(&person.sign_in(&client).await);
    server.advance(7 * DAY + MINUTE);
    assert_eq!(refresh(&client, &tokens).await, 401, "7 silent days are over");
}

#[tokio::test]
async fn s_106_the_eleventh_session_evicts_the_least_recently_used() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, first) = Person::registered(&client, "john@example.com").await;
    let mut sessions = vec![first];
    for _ in 0..9 {
        server.advance(MINUTE / 6);
        sessions.push(Tokens::of(&person.sign_in(&client).await));
    }
    server.advance(MINUTE / 6);
    assert_eq!(refresh(&client, &sessions[0]).await, 200);
    server.advance(MINUTE / 6);
    sessions.push(Tokens::of(&person.sign_in(&client).await));
    client.refuses(&sessions.remove(1).access).await;
    for tokens in &sessions {
        assert_eq!(protected(&client, tokens).await, 200);
    }
}

#[tokio::test]
async fn s_24_each_endpoint_accepts_its_own_kind_of_token_only() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    person.forgot_password(&client).await;
    let reset = client.reset_token_for(&person.email).await;
    for (method, path, accepted) in [
        ("GET", "/user/protected", &tokens.access),
        ("GET", "/user/refresh", &tokens.refresh),
        ("POST", "/user/refresh", &tokens.refresh),
        ("DELETE", "/user/signout", &tokens.refresh),
    ] {
        for token in [&tokens.access, &tokens.refresh, &reset] {
            if token == accepted {
                continue;
            }
            let answer = client.with_bearer(method, path, token).await;
            answer.assert(401, UNAUTHORIZED);
        }
    }
    let form = serde_json::json!({"email": person.email, "password": "another password"});
    let request = client.request("POST", "/auth/reset-password").bearer_auth(&tokens.refresh);
    client.send(request.json(&form)).await.assert_refused(400, "reset_refused");
}

#[tokio::test]
async fn s_72_a_refused_bearer_is_told_what_kind_is_wanted_and_nothing_more() {
    let server = ServerThread::start();
    let client = server.client();
    let none = client.get("/user/protected").await;
    none.assert(401, UNAUTHORIZED);
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    for header in ["Bearer x", "Bearer ", "bearer a.b.c", "Basic YTpi", "Bearer", "x"] {
        let request = client.request("GET", "/user/protected").header("authorization", header);
        let answer = client.send(request).await;
        answer.assert(401, UNAUTHORIZED);
        let challenge = answer.header("www-authenticate").unwrap();
        assert_eq!(challenge, r#"Bearer error="invalid_token""#, "{header}");
    }
}

#[tokio::test]
async fn s_29_a_token_is_not_taken_from_the_query_or_a_cookie() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let path = format!("/user/protected?access_token={0}&token={0}", tokens.access);
    client.get(&path).await.assert(401, UNAUTHORIZED);
    let cookie = format!("access_token={0}; token={0}", tokens.access);
    let request = client.request("GET", "/user/protected").header("cookie", cookie);
    client.send(request).await.assert(401, UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_say_nothing_about_the_person() {
    use base64::Engine;
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    for token in [&tokens.access, &tokens.refresh] {
        let payload = token.split('.').nth(1).unwrap();
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        for claim in ["iss", "aud", "sub", "jti", "sid", "iat", "nbf", "exp", "auth_time"] {
            assert!(!claims[claim].is_null(), "no {claim}");
        }
        let text = claims.to_string().to_lowercase();
        for personal in ["john", "doe", "example.com"] {
            assert!(!text.contains(personal), "{personal}");
        }
    }
}

#[tokio::test]
async fn rotation_replaces_the_refresh_token_and_reuse_ends_the_session() {
    let server = ServerThread::start_with(&[("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true")]);
    let client = server.client();
    let (_, first) = Person::registered(&client, "john@example.com").await;
    server.advance(MINUTE);
    let second = Tokens::of(&client.with_bearer("GET", "/user/refresh", &first.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    // The answer was lost: the same successor once more (S-31).
    server.advance(Duration::from_secs(9));
    let again = Tokens::of(&client.with_bearer("GET", "/user/refresh", &first.refresh).await);
    assert_eq!(again.refresh, second.refresh);
    assert_eq!(refresh(&client, &second).await, 200);
    // Somebody else has the first one.
    server.advance(MINUTE);
    assert_eq!(refresh(&client, &first).await, 401);
    assert_eq!(refresh(&client, &second).await, 401);
    client.refuses(&second.access).await;
}

#[tokio::test]
async fn s_73_head_and_options_never_refresh() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    for method in ["HEAD", "OPTIONS", "PUT"] {
        let answer = client.with_bearer(method, "/user/refresh", &tokens.refresh).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, POST"));
    }
}
