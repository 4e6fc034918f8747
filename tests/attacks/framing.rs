//! Requests whose end two servers would see in two places (S-76).

use test_support::{Client, Person, ServerThread};

/// What an attacker hides behind a request: were it answered, it would be somebody else's.
const HIDDEN: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

async fn started() -> (ServerThread, Client) {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, "john@example.com").await;
    (server, client)
}

fn responses(answer: &str) -> usize {
    answer.matches("HTTP/1.1 ").count()
}

/// One refusal, then the connection is closed: nothing behind it is a request.
async fn refuses(client: &Client, request: &str) {
    let answer = client.exchange(request).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{request:?}: {answer}");
    assert_eq!(responses(&answer), 1, "{request:?}: {answer}");
}

/// A POST with these header lines, and a body with another request in it.
fn post(lines: &str, body: &str) -> String {
    format!(
        "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{lines}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn s_76_two_lengths_are_none() {
    let (_server, client) = started().await;
    let length = HIDDEN.len();
    for lines in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
        "Content-Length: 0\r\nTransfer-Encoding: chunked".to_owned(),
        format!("Content-Length: 0\r\nContent-Length: {length}"),
        format!("Content-Length: {length}\r\nContent-Length: 0"),
        format!("Content-Length: {length}\r\nContent-Length: {length}"),
        format!("Content-Length: {length}, {length}"),
        format!("Content-Length: 0, {length}"),
        format!("content-length: 0\r\nCONTENT-LENGTH: {length}"),
    ] {
        refuses(&client, &post(&lines, &format!("0\r\n\r\n{HIDDEN}"))).await;
    }
}

#[tokio::test]
async fn s_76_a_length_is_digits() {
    let (_server, client) = started().await;
    for length in [
        "-1",
        "+0",
        "+5",
        "0x5",
        "5 5",
        "5;",
        "5.0",
        "1e1",
        "",
        "x",
        "٥",
        "99999999999999999999",
        "5\u{b}",
        "\"5\"",
        "5,",
    ] {
        refuses(&client, &post(&format!("Content-Length: {length}"), HIDDEN)).await;
    }
}

#[tokio::test]
async fn s_76_chunked_is_the_only_coding_and_has_one_spelling() {
    let (_server, client) = started().await;
    for lines in [
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: cow",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: chunk",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding:",
        "Transfer-Encoding : chunked",
        "Transfer\u{0}-Encoding: chunked",
        " Transfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer_Encoding: chunked\r\nContent-Length: x",
    ] {
        refuses(&client, &post(lines, &format!("0\r\n\r\n{HIDDEN}"))).await;
    }
    // Older than the coding itself.
    let old = post("Transfer-Encoding: chunked", "0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0");
    let answer = client.exchange(old + HIDDEN).await;
    assert!(answer.starts_with("HTTP/1.") && answer[9..].starts_with('4'), "{answer}");
    assert!(!answer.contains(" 404 "), "{answer}");
}

#[tokio::test]
async fn s_76_a_chunk_is_as_long_as_it_says() {
    let (_server, client) = started().await;
    for body in [
        "zz\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        "0x1\r\nx\r\n0\r\n\r\n",
        "1 1\r\nx\r\n0\r\n\r\n",
        "\r\nx\r\n0\r\n\r\n",
        ";\r\nx\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "10000000000000001\r\nx\r\n0\r\n\r\n",
        "1\r\nxx\r\n0\r\n\r\n",
        "2\r\nx\r\n0\r\n\r\n",
        "1\nx\n0\n\n",
        "1\rx\r0\r\r",
        "0\r\nX",
        "1;\nx\r\n0\r\n\r\n",
        "1;a=\"\n0\r\n\r\n",
    ] {
        let request = post("Transfer-Encoding: chunked", &format!("{body}{HIDDEN}"));
        let answer = client.exchange(&request).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{body:?}: {answer}");
        assert!(!answer.contains(" 404 "), "{body:?}: {answer}");
    }
}

#[tokio::test]
async fn s_76_a_head_is_lines_of_names_and_values() {
    let (_server, client) = started().await;
    for head in [
        "GET /user/home HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nX: a\r\n\tfolded\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        "GET /user/home HTTP/1.1\r\nHost: x\r\nX\u{e9}: y\r\n\r\n",
        "GET /user/home HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET /user/home HTTP/1.1 x\r\nHost: x\r\n\r\n",
        "GET  /user/home HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /user/ home HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /user/home HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /user/home HTTP/0.9\r\nHost: x\r\n\r\n",
        "GET /user/home HTTP/1.10\r\nHost: x\r\n\r\n",
        "GET /user/home http/1.1\r\nHost: x\r\n\r\n",
        "GET /user/home HTTQ/1.1\r\nHost: x\r\n\r\n",
        "GET /user/home\r\nHost: x\r\n\r\n",
        "GET user/home HTTP/1.1\r\nHost: x\r\n\r\n",
        "G(T /user/home HTTP/1.1\r\nHost: x\r\n\r\n",
        "nonsense\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3} a TLS hello\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        refuses(&client, &format!("{head}{HIDDEN}")).await;
    }
    let many = "X: y\r\n".repeat(200);
    refuses(&client, &format!("GET /user/home HTTP/1.1\r\nHost: x\r\n{many}\r\n")).await;
}

/// RFC 9112 §3.2: a request has exactly one host, which says nothing to a server with one face.
#[tokio::test]
async fn s_76_a_request_has_one_host_and_its_name_changes_nothing() {
    let (_server, client) = started().await;
    for hosts in ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n"] {
        refuses(&client, &format!("GET /user/home HTTP/1.1\r\n{hosts}\r\n{HIDDEN}")).await;
    }
    for target in ["/user/home", "http://evil.example/user/home", "http://[::1]:666/user/home"] {
        for host in ["a", "[::1]:8080", "", "a b", "a/b", "a@b", "a:99999", "evil.example", "<a>"] {
            let request =
                format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = client.exchange(request).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{host:?}: {answer}");
            assert!(answer.ends_with(r#"{"new_data":"Welcome to BioEntrust Auth server"}"#));
            assert!(!answer.contains("evil"), "{answer}");
        }
    }
}

/// What follows a whole request is the next one, and no body of a refused one is.
#[tokio::test]
async fn s_76_the_body_of_a_refused_request_is_never_a_request() {
    let (_server, client) = started().await;
    let length = HIDDEN.len();
    for head in [
        format!("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        format!("PUT /user/home HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        format!("GET /user/protected HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        format!("GET /user/home HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        format!("HEAD /user/home HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        format!("POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"),
        post("Content-Length: 20000", &format!("{:1$}", HIDDEN, 20_000 - length)),
    ] {
        let last = "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let answer = client.exchange(format!("{head}{HIDDEN}{last}")).await;
        let first_only = responses(&answer) == 1;
        let both = responses(&answer) == 2 && answer.contains(r#"{"status":"ok"}"#);
        assert!(first_only || both, "{head:?}: {answer}");
    }
}
