//! Connections that are held and not used (S-87, F-13).

use std::time::Duration;

use test_support::{Client, Person, ServerThread, read_to_close};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

const WHOLE: &str = "GET /user/home HTTP/1.1\r\nHost: x\r\n\r\n";
const POST: &str = "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

/// Sends `start`, then `drop` again and again; what was answered when the server hung up.
async fn drip(client: &Client, start: &str, drop: &'static str) -> String {
    let stream = client.connect().await;
    let (mut reading, mut writing) = stream.into_split();
    writing.write_all(start.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(async move {
        while writing.write_all(drop.as_bytes()).await.is_ok() {
            sleep(Duration::from_millis(300)).await;
        }
    });
    let mut answer = String::new();
    let hung_up =
        tokio::time::timeout(Duration::from_secs(45), reading.read_to_string(&mut answer));
    let _ = hung_up.await.unwrap_or_else(|_| panic!("the server does not hang up"));
    dripping.abort();
    answer
}

/// The same without a second byte.
async fn hold(client: &Client, start: &str) -> String {
    let mut stream = client.connect().await;
    stream.write_all(start.as_bytes()).await.unwrap();
    read_to_close(&mut stream).await
}

/// All at once, for the time of the slowest.
#[tokio::test]
async fn s_87_no_client_holds_a_connection_by_being_slow() {
    let server = ServerThread::start_with(&[("BIOENTRUST_SERVER__BODY_TIMEOUT", "1s")]);
    let client = server.client();
    let second = format!("{WHOLE}GET /us");
    let body = format!("{POST}Content-Length: 1000\r\n\r\n{{");
    let second_head = format!("{WHOLE}GET /user/home HTTP/1.1\r\n");
    let chunk = format!("{POST}Transfer-Encoding: chunked\r\n\r\n");
    let (first, second_stops, second_drips, body_stops, body_drips, chunks_drip, nothing) = tokio::join!(
        drip(&client, "GET /user/home HTTP/1.1\r\nX: ", "x"),
        hold(&client, &second),
        drip(&client, &second_head, "X: x\r\n"),
        hold(&client, &body),
        drip(&client, &body, " "),
        drip(&client, &chunk, "1\r\n \r\n"),
        hold(&client, ""),
    );
    assert!(first.starts_with("HTTP/1.1 408"), "{first}");
    assert!(nothing.is_empty() || nothing.starts_with("HTTP/1.1 408"), "{nothing}");
    for second in [second_stops, second_drips] {
        assert!(second.starts_with("HTTP/1.1 200"), "{second}");
        assert_eq!(second.matches("HTTP/1.1").count(), 1, "{second}");
    }
    for body in [body_stops, body_drips, chunks_drip] {
        assert!(body.starts_with("HTTP/1.1 408"), "{body}");
        assert!(body.contains("x-error-code: body_timeout"), "{body}");
    }
    Person::registered(&client, "john@example.com").await;
}

/// A client that asks for megabytes and takes none: they are not kept for it.
#[tokio::test]
async fn s_87_a_client_that_does_not_read_is_not_read_from_either() {
    let server = test_support::ServerProcess::start().await;
    let client = server.client();
    client.get("/openapi.json").await;
    let before = server.memory_kib("VmRSS");
    let request = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    let mut greedy = Vec::new();
    for _ in 0..20 {
        // The less the client's end takes, the more is the server's to keep.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(client.authority().parse().unwrap()).await.unwrap();
        greedy.push(tokio::spawn(flood(stream, request.clone())));
    }
    for greedy in greedy {
        greedy.await.unwrap();
    }
    let after = server.memory_kib("VmHWM");
    assert!(after < before + 64 * 1024, "{before} KiB before, {after} KiB after");
    Person::registered(&client, "john@example.com").await;
}

/// Sends requests until the server hangs up, and reads nothing.
async fn flood(mut stream: TcpStream, request: String) {
    let sending = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(45), sending)
        .await
        .unwrap_or_else(|_| panic!("the server does not hang up"));
}

/// F-13: a client that says that it is done, and listens, is answered; its connection is gone.
#[tokio::test]
async fn f_13_half_closed_connections_are_answered_and_closed() {
    let server = ServerThread::start();
    let client = server.client();
    for (request, answered) in [(WHOLE, true), ("GET /us", false), ("", false)] {
        let mut stream = client.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = read_to_close(&mut stream).await;
        assert_eq!(answer.starts_with("HTTP/1.1 200"), answered, "{request:?}: {answer}");
    }
    let short = format!("{POST}Content-Length: 100\r\n\r\n{{");
    let mut stream = client.connect().await;
    stream.write_all(short.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read_to_close(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
}
