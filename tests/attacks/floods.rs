//! More than a server wants to do: connections, hashes, keys (S-06, S-57, S-87, S-90, F-13).

use std::net::Ipv4Addr;

use serde_json::json;
use test_support::{Client, Person, ServerProcess, Tokens, all, allow_open_files, wait_for_async};
use tokio::io::AsyncWriteExt;

const CROWD: usize = 5_000;

#[tokio::test]
async fn s_87_five_thousand_idle_connections_keep_nobody_out() {
    // One end of each here; the server's process has a limit of its own.
    if !allow_open_files(CROWD as u64 + 500) {
        return;
    }
    let server = ServerProcess::start().await;
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    let mut idle = Vec::with_capacity(CROWD);
    for n in 0..CROWD {
        let mut stream = client.connect().await;
        // A part of them begin a request.
        if n % 3 == 0 {
            stream.write_all(b"GET /user/").await.unwrap();
        }
        idle.push(stream);
        if n % 500 == 499 {
            let fresh = Client::new(format!("http://{}", client.authority()));
            assert_eq!(fresh.get("/health/live").await.status, 200);
            Tokens::of(&person.sign_in(&fresh).await);
        }
    }
    assert_eq!(client.get("/health/ready").await.status, 200);
    drop(idle);
    Tokens::of(&person.sign_in(&client).await);
}

/// F-13: whoever asks for a hash and hangs up takes no lane and no place in the queue with them.
#[tokio::test]
async fn f_13_hashes_of_clients_that_hung_up_give_their_places_back() {
    let server = ServerProcess::start_with(&[
        ("BIOENTRUST_PASSWORD__MEMORY_KIB", "19456"),
        ("BIOENTRUST_PASSWORD__ITERATIONS", "2"),
        ("BIOENTRUST_PASSWORD__LANES", "2"),
        ("BIOENTRUST_PASSWORD__QUEUE", "8"),
        ("BIOENTRUST_LIMITS__ENABLED", "false"),
    ])
    .await;
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    for round in 0..5 {
        all((0..60).map(|n| sign_in_and_reset(&client, format!("p{round}.{n}@example.com")))).await;
    }
    let live = async || client.get("/health/live").await.status;
    assert_eq!(live().await, 200);
    // As many at once as may wait: no place is still taken.
    wait_for_async(|| async {
        let answers = all((0..8).map(|_| person.sign_in(&client))).await;
        answers.iter().all(|answer| answer.status == 200).then_some(())
    })
    .await;
}

async fn sign_in_and_reset(client: &Client, email: String) {
    let body = json!({"email": email, "password": "a wrong password"}).to_string();
    let mut stream = client.connect().await;
    let request = format!(
        "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.set_zero_linger().unwrap();
}

/// S-57: every request from another address. `actors/examples/limiter_flood.rs` does it two million
/// times below HTTP.
#[tokio::test]
async fn s_57_a_new_address_for_every_request_costs_bounded_memory_and_frees_nobody() {
    let server = ServerProcess::start_with(&[
        ("BIOENTRUST_LIMITS__PER_IP", "true"),
        ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "127.0.0.1/32"),
    ])
    .await;
    let client = server.client();
    let limited = async || {
        let request = client.request("POST", "/user/forgot-password");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        client.send(request.json(&json!({"email": "nobody@example.com"}))).await.status
    };
    for _ in 0..5 {
        assert_eq!(limited().await, 200);
    }
    assert_eq!(limited().await, 429);
    let before = server.memory_kib("VmRSS");
    // A code that is none: the cheapest limited request.
    let form = json!({"otp": "123456", "otp_request_id": "AAAAAAAAAAAAAAAAAAAAAA"});
    all((0..8_u32).map(|lane| {
        let (client, form) = (&client, &form);
        async move {
            for n in 0..2_500 {
                let ip = Ipv4Addr::from(0x0b00_0000 + lane * 65_536 + n).to_string();
                let request = client.request("POST", "/user/verify-email");
                let request = request.header("x-forwarded-for", ip).json(form);
                assert_eq!(client.send(request).await.status, 401);
            }
        }
    }))
    .await;
    let after = server.memory_kib("VmHWM");
    assert!(after < before + 32 * 1024, "{before} KiB before, {after} KiB after");
    assert_eq!(limited().await, 429, "the one who was limited still is");
}
