//! Forgotten passwords as a way in (S-51, S-59 to S-63).

use std::time::Duration;

use serde_json::json;
use test_support::{Client, Person, ServerThread, Tokens, all};

use crate::mint::{Mint, parts};

const BASE: &str = "https://auth.example.org";
const REFUSED: &str = r#"{"error":"Invalid token or password"}"#;

/// Asks for a link, and waits until it is there.
async fn link_for(client: &Client, person: &Person) -> String {
    let before = client.inbox(&person.email).await.len();
    assert_eq!(person.forgot_password(client).await.status, 200);
    test_support::wait_for_async(|| async {
        (client.inbox(&person.email).await.len() > before).then_some(())
    })
    .await;
    client.reset_token_for(&person.email).await
}

/// S-59: no header, and no form of the request line, gets into the link.
#[tokio::test]
async fn s_59_nothing_in_a_request_moves_the_link() {
    let server = ServerThread::start_with(&[("BIOENTRUST_SERVER__PUBLIC_URL", BASE)]);
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    let body = json!({"email": person.email, "redirect_uri": "https://evil.example", "url": "//evil.example"});
    let body = body.to_string();
    for (target, host, header) in [
        ("/user/forgot-password", "evil.example", "X: x"),
        ("/user/forgot-password", "auth.example.org@evil.example", "X: x"),
        ("/user/forgot-password", "auth.example.org:80@evil.example", "X: x"),
        ("/user/forgot-password", "evil.example#auth.example.org", "X: x"),
        ("http://evil.example/user/forgot-password", "auth.example.org", "X: x"),
        ("/user/forgot-password?redirect_uri=https://evil.example", "x", "X: x"),
        ("/user/forgot-password", "x", "X-Forwarded-Host: evil.example"),
        ("/user/forgot-password", "x", "X-Forwarded-Server: evil.example"),
        ("/user/forgot-password", "x", "X-Host: evil.example"),
        ("/user/forgot-password", "x", "X-Original-Host: evil.example"),
        ("/user/forgot-password", "x", "X-Forwarded-Proto: evil"),
        ("/user/forgot-password", "x", "X-Forwarded-Port: 666"),
        ("/user/forgot-password", "x", "X-Forwarded-Prefix: //evil.example"),
        ("/user/forgot-password", "x", "X-Original-URL: https://evil.example/"),
        ("/user/forgot-password", "x", "Forwarded: for=x;host=evil.example;proto=evil"),
        ("/user/forgot-password", "x", "Origin: https://evil.example"),
        ("/user/forgot-password", "x", "Referer: https://evil.example/"),
        ("/user/forgot-password", "x", "Via: 1.1 evil.example"),
    ] {
        let before = client.inbox(&person.email).await.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\n{header}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len(),
        );
        let answer = client.exchange(request).await;
        assert!(!answer.contains("evil"), "{answer}");
        if !answer.starts_with("HTTP/1.1 200") {
            assert!(answer.starts_with("HTTP/1.1 4"), "{target} {host} {header}: {answer}");
            continue;
        }
        let message = test_support::wait_for_async(|| async {
            let inbox = client.inbox(&person.email).await;
            (inbox.len() > before).then(|| inbox[0].clone())
        })
        .await;
        let link = message["link"].as_str().unwrap();
        assert!(link.starts_with(&format!("{BASE}/reset-password#token=")), "{header}: {link}");
        assert!(!message.to_string().contains("evil"), "{header}");
    }
}

/// S-51: mail goes to the stored address, however the request spells it.
#[tokio::test]
async fn s_51_a_link_goes_to_the_stored_address_and_to_no_second_one() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    for email in [
        json!(["john@example.com", "evil@example.com"]),
        json!("john@example.com,evil@example.com"),
        json!("john@example.com;evil@example.com"),
        json!("john@example.com evil@example.com"),
        json!("john@example.com\nevil@example.com"),
        json!("john@example.com\r\nCc: evil@example.com"),
        json!("john@example.com%0aCc:evil@example.com"),
        json!("<john@example.com>"),
        json!({"email": "john@example.com"}),
    ] {
        let answer = client.post("/user/forgot-password", &json!({"email": email})).await;
        answer.assert_refused(400, "invalid_field");
    }
    let twice = r#"{"email":"john@example.com","email":"evil@example.com"}"#;
    assert_eq!(client.post_raw("/user/forgot-password", twice).await.status, 400);
    let shouted = Person::new("JOHN@EXAMPLE.COM");
    link_for(&client, &shouted).await;
    let inbox = client.inbox(&person.email).await;
    assert_eq!(inbox[0]["to"], "john@example.com");
    assert!(client.inbox("evil@example.com").await.is_empty());
}

/// S-61: with one's own good link, at somebody else's account.
#[tokio::test]
async fn s_61_a_link_opens_its_own_account_only_whatever_the_form_says() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut mallory, own) = Person::registered(&client, "mallory@example.com").await;
    let (victim, _) = Person::registered(&client, "victim@example.com").await;
    let link = link_for(&client, &mallory).await;
    for bearer in [&link, &own.access] {
        for email in [
            json!("victim@example.com"),
            json!("Victim@Example.com"),
            json!("mallory@example.com,victim@example.com"),
            json!("mallory@example.com\u{0}victim@example.com"),
        ] {
            let form = json!({
                "email": email, "password": "taken over by mallory",
                "user_id": "victim", "sub": "victim", "token": own.refresh,
            });
            let request = client.request("POST", "/auth/reset-password").bearer_auth(bearer);
            client.send(request.json(&form)).await.assert(400, REFUSED);
        }
    }
    assert_eq!(victim.sign_in(&client).await.status, 200);
    assert_eq!(mallory.reset_password(&client, &link, "a brand new one").await.status, 200);
}

/// S-60: two links, twenty uses of each, all at once: one is used.
#[tokio::test]
async fn s_60_of_all_parallel_uses_of_an_old_and_a_new_link_one_succeeds() {
    let server = ServerThread::start_with(&[("BIOENTRUST_PASSWORD__QUEUE", "100")]);
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    let links = [link_for(&client, &person).await, link_for(&client, &person).await];
    let statuses = all((0..40).map(|n| {
        let (client, link, email) = (&client, &links[n % 2], &person.email);
        async move {
            let mut person = Person::new(email);
            person.reset_password(client, link, &format!("new password {n}")).await.status
        }
    }))
    .await;
    let winners: Vec<usize> = (0..40).filter(|n| statuses[*n] == 200).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert_eq!(winners[0] % 2, 1, "the newer link");
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
    for n in [winners[0], (winners[0] + 1) % 40, (winners[0] + 2) % 40] {
        let tried = Person::with_password(&person.email, &format!("new password {n}"));
        assert_eq!(tried.sign_in(&client).await.status == 200, n == winners[0], "{n}");
    }
    // And the winner's link is spent, as the other is.
    for link in &links {
        let mut again = Person::new(&person.email);
        again.reset_password(&client, link, "once again").await.assert(400, REFUSED);
    }
}

/// S-60: even with the signing key, a link is only what was mailed last.
#[tokio::test]
async fn s_60_a_link_that_was_never_mailed_opens_nothing() {
    let mint = Mint::start().await;
    let link = link_for(&mint.client, &mint.person).await;
    let [header, payload] = parts(&link);
    let mut person = Person::new(&mint.person.email);
    for (claim, value) in [
        ("jti", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("jti", payload["sub"].clone()),
        ("pwv", json!(payload["pwv"].as_u64().unwrap() + 1)),
        ("sub", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let mut payload = payload.clone();
        payload[claim] = value;
        let forged = mint.sign(&header, &payload);
        let answer = person.reset_password(&mint.client, &forged, "a brand new one").await;
        answer.assert(400, REFUSED);
    }
    let before = person.password.clone();
    assert_eq!(person.sign_in(&mint.client).await.status, 200, "{before}");
    assert_eq!(person.reset_password(&mint.client, &link, "a brand new one").await.status, 200);
}

/// S-60, S-63: looking at a link does not use it up, and a link does not outlive what it was for.
#[tokio::test]
async fn s_63_a_scanner_that_opens_the_link_neither_uses_it_nor_learns_it() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "john@example.com").await;
    let link = link_for(&client, &person).await;
    let page = client.get("/reset-password").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains(&link));
    for path in
        [format!("/reset-password?token={link}"), format!("/auth/reset-password?token={link}")]
    {
        let answer = client.get(&path).await;
        assert!(!answer.body.contains(&link), "the token is echoed");
    }
    let head = client.request("HEAD", "/reset-password");
    client.send(head).await;
    assert_eq!(person.reset_password(&client, &link, "a brand new one").await.status, 200);
    server.advance(Duration::from_secs(1));
    person.reset_password(&client, &link, "once again").await.assert(400, REFUSED);
}

/// S-62: forty sign-ins with the old password around a reset, all at once: some may be before it,
/// some are refused, and none has a session when all is over.
#[tokio::test]
async fn s_62_a_sign_in_that_overlaps_a_reset_leaves_no_session() {
    let server = ServerThread::start_with(&[
        // One dear hash after the other, so that many are waited for while the reset is under way.
        ("BIOENTRUST_PASSWORD__MEMORY_KIB", "8192"),
        ("BIOENTRUST_PASSWORD__LANES", "1"),
        ("BIOENTRUST_PASSWORD__QUEUE", "100"),
        ("BIOENTRUST_LIMITS__ENABLED", "false"),
    ]);
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "john@example.com").await;
    let link = link_for(&client, &person).await;
    let thief = Person::new(&person.email);
    let sign_ins = || all((0..20).map(|_| thief.sign_in(&client)));
    let reset = person.reset_password(&client, &link, "a brand new one");
    let (before, reset, after) = tokio::join!(sign_ins(), reset, sign_ins());
    assert_eq!(reset.status, 200, "{}", reset.body);
    for answer in before.iter().chain(&after).filter(|answer| answer.status == 200) {
        let Tokens { access, refresh } = Tokens::of(answer);
        assert_eq!(client.with_bearer("GET", "/user/protected", &access).await.status, 401);
        assert_eq!(client.with_bearer("GET", "/user/refresh", &refresh).await.status, 401);
    }
    assert_eq!(person.sign_in(&client).await.status, 200);
}

/// S-54: what others guessed delays nobody who has proved the address since.
#[tokio::test]
async fn s_54_a_reset_ends_the_wait_that_guesses_have_made() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "john@example.com").await;
    let guesser = Person::with_password(&person.email, "a wrong password");
    for seconds in [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32] {
        server.advance(Duration::from_secs(seconds));
        assert_eq!(guesser.sign_in(&client).await.status, 401);
    }
    assert_eq!(person.sign_in(&client).await.status, 429, "a minute to wait");
    let link = link_for(&client, &person).await;
    assert_eq!(person.reset_password(&client, &link, "a brand new one").await.status, 200);
    assert_eq!(person.sign_in(&client).await.status, 200);
}
