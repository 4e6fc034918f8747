//! Guessing codes over many requests, addresses, resends, clients and days (S-17, S-18, S-53).

use std::time::Duration;

use serde_json::json;
use test_support::{
    Client, Person, ServerThread, Tokens, all, other_than, read_to_close, resend_otp, verify_email,
};
use tokio::io::AsyncWriteExt;

const EMAIL: &str = "victim@example.com";
const HOUR: Duration = Duration::from_hours(1);
/// The attacker has as many addresses as they like.
const PROXIES: (&str, &str) = ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");
const PER_IP: (&str, &str) = ("BIOENTRUST_LIMITS__PER_IP", "true");

/// A pending sign-up of the victim's address, asked for by `ip`.
async fn pending_from(client: &Client, ip: &str) -> (String, String) {
    let form = Person::new(EMAIL).sign_up_form();
    let request = client.request("POST", "/user/signup").header("x-forwarded-for", ip);
    let answer = client.send(request.json(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
    (id, client.code_for(EMAIL).await)
}

async fn verify_from(client: &Client, ip: &str, id: &str, otp: &str) -> u16 {
    let form = json!({"otp": otp, "otp_request_id": id});
    let request = client.request("POST", "/user/verify-email").header("x-forwarded-for", ip);
    client.send(request.json(&form)).await.status
}

/// A request with `tries` wrong guesses, each from another address.
async fn guess(client: &Client, round: u8, tries: u8) -> (String, String) {
    let (id, otp) = pending_from(client, &format!("192.0.2.{round}")).await;
    for n in 0..tries {
        let ip = format!("198.51.{round}.{n}");
        assert_eq!(verify_from(client, &ip, &id, &other_than(&otp)).await, 401);
    }
    (id, otp)
}

#[tokio::test]
async fn s_17_neither_new_addresses_nor_new_requests_refill_the_hour() {
    let server = ServerThread::start_with(&[PER_IP, PROXIES]);
    let client = server.client();
    guess(&client, 1, 5).await;
    guess(&client, 2, 5).await;
    let (id, otp) = guess(&client, 3, 2).await;
    assert_eq!(verify_from(&client, "203.0.113.7", &id, &otp).await, 401, "ten are spent");
    // Not by waiting out the code, either; by an hour.
    server.advance(Duration::from_secs(3599));
    let (id, otp) = guess(&client, 4, 2).await;
    assert_eq!(verify_from(&client, "203.0.113.7", &id, &otp).await, 401);
    server.advance(HOUR);
    let (id, otp) = guess(&client, 5, 2).await;
    assert_eq!(verify_from(&client, "203.0.113.7", &id, &otp).await, 200);
}

#[tokio::test]
async fn s_17_twenty_a_day_are_the_end_of_it_for_a_day() {
    let server = ServerThread::start_with(&[PROXIES]);
    let client = server.client();
    for round in 0..4 {
        guess(&client, round, 5).await;
        server.advance(HOUR / 2);
    }
    server.advance(2 * HOUR);
    let (id, otp) = guess(&client, 5, 2).await;
    assert_eq!(verify_from(&client, "203.0.113.7", &id, &otp).await, 401, "twenty are spent");
    server.advance(24 * HOUR);
    let (id, otp) = guess(&client, 6, 2).await;
    assert_eq!(verify_from(&client, "203.0.113.7", &id, &otp).await, 200);
}

/// S-53: fifteen guesses at five requests, all at once. Were one lost, the hour were not spent.
#[tokio::test]
async fn s_53_guesses_at_many_requests_at_once_are_all_counted() {
    let server = ServerThread::start();
    let client = server.client();
    let mut requests = Vec::new();
    for _ in 0..5 {
        requests.push(Person::new(EMAIL).pending(&client).await);
    }
    let guesses = requests.iter().flat_map(|request| [request; 3]);
    let statuses = all(guesses.map(|(id, otp)| {
        let client = &client;
        async move { verify_email(client, id, &other_than(otp)).await.status }
    }))
    .await;
    assert!(statuses.iter().all(|status| *status == 401), "{statuses:?}");
    for (id, otp) in &requests {
        assert_eq!(verify_email(&client, id, otp).await.status, 401);
    }
}

#[tokio::test]
async fn s_18_a_resend_gives_back_neither_the_hour_nor_the_first_tries() {
    let server = ServerThread::start();
    let client = server.client();
    guess(&client, 1, 5).await;
    guess(&client, 2, 5).await;
    let (id, _) = guess(&client, 3, 2).await;
    server.advance(Duration::from_mins(1));
    assert_eq!(resend_otp(&client, &id).await.status, 200);
    let newest = client.code_for(EMAIL).await;
    assert_eq!(verify_email(&client, &id, &newest).await.status, 401);
}

/// S-17: whatever strangers guess, the owner's own clean request works. After a hundred in a row
/// nothing does.
#[tokio::test]
async fn s_17_the_owner_gets_in_between_and_nobody_after_a_hundred_in_a_row() {
    let server = ServerThread::start();
    let client = server.client();
    for round in 0..20 {
        guess(&client, round, 5).await;
        server.advance(2 * HOUR);
        if round == 10 {
            // A right code that proves no account: the owner of a number, say.
            let (id, otp) = Person::new("somebody@example.com").pending(&client).await;
            Tokens::of(&verify_email(&client, &id, &otp).await);
        }
    }
    let (id, otp) = guess(&client, 21, 0).await;
    assert_eq!(verify_email(&client, &id, &otp).await.status, 401, "disabled");
    let (id, otp) = Person::new("jane@example.com").pending(&client).await;
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

/// S-17: the budget is of the account, too: many numbers do not multiply it, at once neither.
#[tokio::test]
async fn s_17_many_numbers_at_once_do_not_multiply_an_accounts_budget() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let mut requests = Vec::new();
    for n in 0..5 {
        requests.push(tokens.pending_sms(&client, &format!("+23480123{n}0000")).await);
    }
    let verify = async |id: &str, otp: &str| {
        let form = json!({"otp": otp, "otp_request_id": id});
        client.post("/user/verify-sms", &form).await.status
    };
    let guesses = requests.iter().flat_map(|request| [request; 3]);
    all(guesses.map(|(id, otp)| async { verify(id, &other_than(otp)).await })).await;
    for (id, otp) in &requests {
        assert_eq!(verify(id, otp).await, 401);
    }
}

/// S-17: a first try is not counted before it is made, so there is one of each request. Of
/// twenty-five guesses at once, five at each of five requests, ten are within the hour's budget:
/// enough to spend three requests, not four.
#[tokio::test]
async fn s_17_only_the_first_of_parallel_tries_of_a_request_goes_uncounted() {
    let server = ServerThread::start();
    let client = server.client();
    let mut requests = Vec::new();
    for _ in 0..5 {
        requests.push(Person::new(EMAIL).pending(&client).await);
    }
    // All but the last byte of each first: what is left then arrives as good as at once.
    let mut connections = Vec::new();
    for (id, otp) in requests.iter().flat_map(|request| [request; 5]) {
        let body = json!({"otp": other_than(otp), "otp_request_id": id}).to_string();
        let mut connection = client.connect().await;
        let head = format!(
            "POST /user/verify-email HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len(),
        );
        let (begin, end) = body.split_at(body.len() - 1);
        connection.write_all(format!("{head}{begin}").as_bytes()).await.unwrap();
        connections.push((connection, end.to_owned()));
    }
    for (connection, end) in &mut connections {
        connection.write_all(end.as_bytes()).await.unwrap();
    }
    for (mut connection, _) in connections {
        let answer = read_to_close(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
    server.advance(Duration::from_mins(1));
    let mut spent = 0;
    for (id, _) in &requests {
        let status = resend_otp(&client, id).await.status;
        assert!([200, 401].contains(&status), "{status}");
        spent += u32::from(status == 401);
    }
    assert!(spent <= 3, "{spent} requests have no tries left");
}
