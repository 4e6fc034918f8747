//! Forgotten and changed passwords from outside (S-48, S-59 to S-63).

use std::time::Duration;

use serde_json::json;

use test_support::{Person, ServerThread, Tokens, all};

const REFUSED: &str = r#"{"error":"Invalid token or password"}"#;
const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn s_62_a_reset_ends_every_session_signs_nobody_in_and_mails_a_notice() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, first) = Person::registered(&client, "john@example.com").await;
    let second = Tokens::of(&person.sign_in(&client).await);
    person.forgot_password(&client).await;
    let link = client.reset_token_for(&person.email).await;
    let old = person.password.clone();

    let answer = person.reset_password(&client, &link, "a brand new one").await;
    answer.assert(200, r#"{"message":"Password reset successfully"}"#);

    for tokens in [&first, &second] {
        client.refuses(&tokens.access).await;
        let answer = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
        assert_eq!(answer.status, 401);
    }
    let notice = &client.inbox(&person.email).await[0];
    assert_eq!((&notice["code"], &notice["link"]), (&json!(null), &json!(null)));
    assert!(!notice["text"].as_str().unwrap().contains("a brand new one"));
    let new = Tokens::of(&person.sign_in(&client).await);
    let answer = client.with_bearer("GET", "/user/protected", &new.access).await;
    assert_eq!(answer.status, 200, "a session opened after the reset lives");
    person.password = old;
    assert_eq!(person.sign_in(&client).await.status, 401);
}

#[tokio::test]
async fn s_60_a_link_works_once_even_in_parallel() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    person.forgot_password(&client).await;
    let link = client.reset_token_for(&person.email).await;
    let statuses = all((0..20).map(|n| {
        let (client, link, email) = (client.clone(), link.clone(), person.email.clone());
        async move {
            let mut person = Person::new(&email);
            person.reset_password(&client, &link, &format!("new password {n}")).await.status
        }
    }))
    .await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn a_newer_link_kills_the_older_one() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "john@example.com").await;
    person.forgot_password(&client).await;
    let older = client.reset_token_for(&person.email).await;
    let before = client.inbox(&person.email).await.len();
    person.forgot_password(&client).await;
    while client.inbox(&person.email).await.len() == before {
        tokio::task::yield_now().await;
    }
    let newer = client.reset_token_for(&person.email).await;
    person.reset_password(&client, &older, "by the older one").await.assert(400, REFUSED);
    assert_eq!(person.reset_password(&client, &newer, "by the newer one").await.status, 200);
}

#[tokio::test]
async fn a_link_dies_with_any_change_of_the_password_and_after_fifteen_minutes() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, tokens) = Person::registered(&client, "john@example.com").await;
    person.forgot_password(&client).await;
    let link = client.reset_token_for(&person.email).await;
    let answer = person.reset_password(&client, &tokens.access, "changed otherwise").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    person.reset_password(&client, &link, "by the dead link").await.assert(400, REFUSED);

    server.advance(MINUTE);
    person.forgot_password(&client).await;
    let mut link = client.reset_token_for(&person.email).await;
    while link.is_empty() {
        link = client.reset_token_for(&person.email).await;
    }
    server.advance(15 * MINUTE);
    person.reset_password(&client, &link, "too late").await.assert(400, REFUSED);
}

#[tokio::test]
async fn a_recent_access_token_resets_its_own_account_and_an_old_one_does_not() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut john, johns) = Person::registered(&client, "john@example.com").await;
    let (mut jane, janes) = Person::registered(&client, "jane@example.com").await;

    // Not somebody else's account.
    let answer = john.reset_password(&client, &janes.access, "taken over by jane").await;
    answer.assert(400, REFUSED);

    // A refreshed token does not make the sign-in younger.
    server.advance(10 * MINUTE);
    let answer = client.with_bearer("GET", "/user/refresh", &janes.refresh).await;
    let fresh = answer.json()["token"]["access"].as_str().unwrap().to_owned();
    jane.reset_password(&client, &fresh, "ten minutes later").await.assert(400, REFUSED);

    // Signing in again does.
    let tokens = Tokens::of(&jane.sign_in(&client).await);
    server.advance(Duration::from_secs(599));
    let answer = jane.reset_password(&client, &tokens.access, "right after a sign-in").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    jane.reset_password(&client, &tokens.access, "once more").await.assert(400, REFUSED);

    // And a signed-out session changes nothing.
    let tokens = Tokens::of(&john.sign_in(&client).await);
    client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
    client.refuses(&tokens.access).await;
    john.reset_password(&client, &tokens.access, "signed out").await.assert(400, REFUSED);
    client.refuses(&johns.access).await;
}

#[tokio::test]
async fn recent_sign_ins_can_be_turned_off() {
    let server = ServerThread::start_with(&[("BIOENTRUST_PASSWORD_RESET__RECENT_LOGIN", "0s")]);
    let client = server.client();
    let (mut john, tokens) = Person::registered(&client, "john@example.com").await;
    john.reset_password(&client, &tokens.access, "right away").await.assert(400, REFUSED);
}

#[tokio::test]
async fn s_61_the_address_must_be_the_links_own_and_the_password_must_do() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut john, _) = Person::registered(&client, "john@example.com").await;
    Person::registered(&client, "jane@example.com").await;
    john.forgot_password(&client).await;
    let link = client.reset_token_for(&john.email).await;
    for (email, password) in [
        ("jane@example.com", "a good password"),
        ("nobody@example.com", "a good password"),
        ("not an address", "a good password"),
        ("john@example.com", "short"),
        ("john@example.com", "with a \u{0} control"),
        ("john@example.com", &"long".repeat(50)),
    ] {
        let form = json!({"email": email, "password": password});
        let request = client.request("POST", "/auth/reset-password").bearer_auth(&link);
        client.send(request.json(&form)).await.assert(400, REFUSED);
    }
    let form = json!({"email": "JOHN@example.com", "password": "a good password"});
    let request = client.request("POST", "/user/reset-password").bearer_auth(&link);
    assert_eq!(client.send(request.json(&form)).await.status, 200, "the alias, and any spelling");
    john.password = "a good password".to_owned();
    assert_eq!(john.sign_in(&client).await.status, 200);
}

#[tokio::test]
async fn no_bearer_at_all_is_401_and_a_wrong_one_is_400() {
    let server = ServerThread::start();
    let client = server.client();
    let form = json!({"email": "john@example.com", "password": "a good password"});
    let answer = client.post("/auth/reset-password", &form).await;
    answer.assert(401, r#"{"status":"error","message":"Unauthorized"}"#);
    let request = client.request("POST", "/auth/reset-password").bearer_auth("x.y.z");
    client.send(request.json(&form)).await.assert(400, REFUSED);
}

#[tokio::test]
async fn s_48_forgot_password_answers_alike_for_every_address() {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, "known@example.com").await;
    Person::new("pending@example.com").sign_up(&client).await;
    let mut answers = Vec::new();
    for email in ["known@example.com", "pending@example.com", "unknown@example.com"] {
        let answer = Person::new(email).forgot_password(&client).await;
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((answer.status, answer.body.clone(), headers));
    }
    assert_eq!(answers[0].1, r#"{"message":"Password reset link sent"}"#);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(client.inbox("unknown@example.com").await.is_empty());
}

#[tokio::test]
async fn s_59_a_link_never_follows_the_requests_headers() {
    let server =
        ServerThread::start_with(&[("BIOENTRUST_SERVER__PUBLIC_URL", "https://auth.example.org")]);
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    let request = client
        .request("POST", "/user/forgot-password")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("origin", "https://evil.example")
        .header("referer", "https://evil.example/");
    client.send(request.json(&json!({"email": person.email}))).await;
    client.reset_token_for(&person.email).await;
    let link = client.inbox(&person.email).await[0]["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://auth.example.org/reset-password#token="), "{link}");
}

#[tokio::test]
async fn s_63_asking_for_a_link_changes_nothing_and_its_password_is_ignored() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    let form = json!({"email": person.email, "password": ["of", {"any": "shape"}]});
    assert_eq!(client.post("/user/forgot-password", &form).await.status, 200);
    assert_eq!(person.sign_in(&client).await.status, 200);
    assert_eq!(client.with_bearer("GET", "/user/protected", &tokens.access).await.status, 200);
}
