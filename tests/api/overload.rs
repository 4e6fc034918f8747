//! More than the server takes on, and clients that misbehave (S-06, S-87 to S-90, S-94, F-13);
//! `tests/attacks` has those that mean it.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use test_support::{Client, Person, ServerProcess, ServerThread, all};

#[tokio::test]
async fn s_06_three_hundred_parallel_sign_ins_take_bounded_memory_and_shed_the_rest() {
    let lanes = 2;
    let server = ServerProcess::start_with(&[
        ("BIOENTRUST_PASSWORD__MEMORY_KIB", "19456"),
        ("BIOENTRUST_PASSWORD__ITERATIONS", "2"),
        ("BIOENTRUST_PASSWORD__LANES", "2"),
        ("BIOENTRUST_PASSWORD__QUEUE", "16"),
        ("BIOENTRUST_LIMITS__ENABLED", "false"),
    ])
    .await;
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    // Somebody else: the storm evicts john's older sessions.
    let (_, tokens) = Person::registered(&client, "jane@example.com").await;
    // The registrations used a lane: from here on only the storm adds.
    let before = server.memory_kib("VmRSS");

    let storm = tokio::spawn({
        let client = client.clone();
        let form = json!({"email": person.email, "password": person.password});
        async move {
            all((0..300).map(|_| {
                let (client, form) = (client.clone(), form.clone());
                async move { client.post("/user/signin", &form).await }
            }))
            .await
        }
    });
    while !storm.is_finished() {
        let answer = client.with_bearer("GET", "/user/protected", &tokens.access).await;
        assert_eq!(answer.status, 200);
        assert_eq!(client.get("/health/ready").await.status, 200);
        assert_eq!(client.get("/health/live").await.status, 200);
    }
    let answers = storm.await.unwrap();
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let shed: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert_eq!(done + shed.len(), 300, "nothing but 200 and 503");
    assert!(done >= lanes, "{done} sign-ins were done");
    assert!(!shed.is_empty(), "300 do not fit into 2 lanes and a queue of 16");
    for answer in shed {
        assert_eq!((answer.code(), answer.header("retry-after")), ("overloaded", Some("1")));
    }
    let peak = server.memory_kib("VmHWM");
    let allowed = before + lanes as u64 * 19 * 1024 + 32 * 1024;
    assert!(peak <= allowed, "peak {peak} KiB, allowed {allowed} KiB");
    assert_eq!(person.sign_in(&client).await.status, 200, "and afterwards all is well");
}

/// Sends a whole request and resets the connection at once.
async fn send_and_reset(client: &Client, path: &str, body: &str) {
    let mut stream = TcpStream::connect(client.authority()).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2)).await;
    stream.set_zero_linger().unwrap();
}

#[tokio::test]
async fn s_94_what_a_client_started_is_finished_after_it_has_reset_the_connection() {
    let server = ServerProcess::start().await;
    let client = server.client();
    for n in 0..20 {
        let person = Person::new(&format!("p{n}@example.com"));
        let (id, otp) = person.pending(&client).await;
        let body = json!({"otp": otp, "otp_request_id": id}).to_string();
        send_and_reset(&client, "/user/verify-email", &body).await;
        let mut status = 0;
        for _ in 0..100 {
            status = person.sign_in(&client).await.status;
            if status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(status, 200, "the account of sign-up {n} was not finished");
    }
}

#[tokio::test]
async fn s_87_a_body_that_does_not_arrive_is_given_up() {
    let server = ServerThread::start_with(&[("BIOENTRUST_SERVER__BODY_TIMEOUT", "1s")]);
    let client = server.client();
    let mut stream = TcpStream::connect(client.authority()).await.unwrap();
    let head = "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"em";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("x-error-code: body_timeout"), "{answer}");
    assert_eq!(client.get("/user/home").await.status, 200);
}
