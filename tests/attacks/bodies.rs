//! Bodies that are almost JSON objects, and that are too much of one (S-67, S-70).

use serde_json::json;
use test_support::{Client, Person, ServerThread, read_to_close};
use tokio::io::AsyncWriteExt;

const EMAIL: &str = "john@example.com";

/// A right sign-in, as text without its braces.
fn members() -> String {
    let form = json!({"email": EMAIL, "password": "correct horse battery"}).to_string();
    form.trim_matches(['{', '}']).to_owned()
}

async fn with_account() -> (ServerThread, Client) {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, EMAIL).await;
    (server, client)
}

#[tokio::test]
async fn s_67_what_is_not_one_object_of_utf_8_is_no_sign_in() {
    let (_server, client) = with_account().await;
    let members = members();
    assert_eq!(client.post_raw("/user/signin", format!("{{{members}}}")).await.status, 200);
    let utf16 = |bytes: fn(u16) -> [u8; 2]| {
        format!("{{{members}}}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let bodies: Vec<Vec<u8>> = vec![
        format!("[{{{members}}}]").into(),
        format!("\"{}\"", members.replace('"', "\\\"")).into(),
        b"\"text\"".to_vec(),
        b"null".to_vec(),
        b"true".to_vec(),
        b"1e3".to_vec(),
        b"-".to_vec(),
        b"".to_vec(),
        b" ".to_vec(),
        format!("\u{feff}{{{members}}}").into(),
        format!("{{{members}}}\0").into(),
        format!("\0{{{members}}}").into(),
        format!("{{{members}}}{{{members}}}").into(),
        format!("{{{members}}},").into(),
        format!("{{{members},}}").into(),
        format!("{{{members}}}//").into(),
        format!("/**/{{{members}}}").into(),
        format!("{{{members}").into(),
        format!("{{{members}]").into(),
        members.as_str().into(),
        format!("{{{}}}", members.replace('"', "'")).into(),
        format!("{{{members},x:1}}").into(),
        format!("{{{members},\"x\":NaN}}").into(),
        format!("{{{members},\"x\":01}}").into(),
        format!("{{{members},\"x\":\"\t\"}}").into(),
        format!("{{{members},\"x\":\"\\ud800\"}}").replace("\"x\"", "\"\\ud800\"").into(),
        [b"{", members.as_bytes(), b",\"x\":\"\xff\"}"].concat(),
        [b"{", members.as_bytes(), b",\"\xc0\x80\":1}"].concat(),
        [b"{", members.as_bytes(), b",\"x\":\"\xed\xa0\x80\"}"].concat(),
        utf16(u16::to_be_bytes),
        utf16(u16::to_le_bytes),
        b"email=john%40example.com&password=correct+horse+battery".to_vec(),
        "[".repeat(16_000).into(),
        "{\"a\":".repeat(3_200).into(),
    ];
    for body in bodies {
        let text = String::from_utf8_lossy(&body).into_owned();
        let answer = client.post_raw("/user/signin", body).await;
        assert_eq!((answer.status, answer.code()), (400, "malformed_json"), "{text}");
    }
}

#[tokio::test]
async fn s_67_a_member_is_given_once_however_it_is_spelled() {
    let (_server, client) = with_account().await;
    let members = members();
    for twice in [
        format!(r#"{{{members},"email":"{EMAIL}"}}"#),
        format!(r#"{{"email":"evil@example.com",{members}}}"#),
        format!(r#"{{{members},"\u0065mail":"{EMAIL}"}}"#),
        format!(r#"{{{members},"\u0065\u006d\u0061\u0069\u006c":null}}"#),
        format!(r#"{{{members},"password":"x"}}"#),
        format!(r#"{{{members},"x":1,"x":1}}"#),
        format!(r#"{{{members},"":1,"":2}}"#),
    ] {
        let answer = client.post_raw("/user/signin", twice.clone()).await;
        assert_eq!(answer.status, 400, "{twice}: {}", answer.body);
        assert!(["invalid_field", "duplicate_field"].contains(&answer.code()), "{}", answer.code());
    }
}

#[tokio::test]
async fn s_67_half_a_character_and_a_nul_are_no_text_of_ours() {
    let (_server, client) = with_account().await;
    for (field, value, status) in [
        ("email", r"john@example.com\u0000", 400),
        ("email", r"john\ud83d@example.com", 400),
        ("email", r"\udc00john@example.com", 400),
        ("password", r"correct horse battery\ud800", 400),
        ("password", r"correct horse battery\u0000", 400),
        ("password", r"correct horse battery\u001b", 400),
        // A whole pair is one character, of another password.
        ("password", r"correct horse battery\ud83d\ude00", 401),
    ] {
        let mut form = json!({"email": EMAIL, "password": "correct horse battery"});
        form[field] = json!("PLACE");
        let body = form.to_string().replace("PLACE", value);
        let answer = client.post_raw("/user/signin", body).await;
        assert_eq!(answer.status, status, "{field} {value}: {}", answer.body);
    }
}

#[tokio::test]
async fn s_67_one_media_type_and_no_coding_is_understood() {
    let (_server, client) = with_account().await;
    let body = format!("{{{}}}", members());
    for types in [
        &[][..],
        &["text/plain"],
        &["application/json, text/plain"],
        &["application/json;charset=utf-16"],
        &["application/json; charset=utf-8; charset=utf-16"],
        &["application/json; boundary=x"],
        &["application/json\u{b}"],
        &["application/jsonp"],
        &["application/x-json"],
        &["text/json"],
        &["application/merge-patch+json"],
        &["application/vnd.api+json"],
        &["*/*"],
        &["json"],
        &["multipart/form-data; boundary=application/json"],
        &["application/json", "application/json"],
        &["application/json", "text/plain"],
        &["text/plain", "application/json"],
    ] {
        let lines: String =
            types.iter().flat_map(|media| ["Content-Type: ", media, "\r\n"]).collect();
        let answer = post(&client, &lines, &body).await;
        let refused = ["HTTP/1.1 415", "HTTP/1.1 400"].iter().any(|line| answer.starts_with(line));
        assert!(refused, "{types:?}: {answer}");
    }
    // Nothing is unpacked: a bomb has nobody to go off on.
    let json = "Content-Type: application/json\r\n";
    for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
        let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        bomb.extend([0; 100]);
        let bomb = String::from_utf8_lossy(&bomb).into_owned();
        let answer = post(&client, &format!("{json}Content-Encoding: {coding}\r\n"), &bomb).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{coding}: {answer}");
    }
}

/// A sign-in with these header lines.
async fn post(client: &Client, lines: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "POST /user/signin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}Content-Length: {length}\r\n\r\n{body}"
    );
    client.exchange(request).await
}

/// S-67: 413 comes before the body, and what follows is not read for ever.
#[tokio::test]
async fn s_67_a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let (_server, client) = with_account().await;
    for (framing, expect) in [
        ("Content-Length: 16385", ""),
        ("Content-Length: 1099511627776", ""),
        ("Content-Length: 18446744073709551615", ""),
        ("Content-Length: 16385", "Expect: 100-continue\r\n"),
    ] {
        let head = format!(
            "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{expect}{framing}\r\n\r\n"
        );
        // Not one byte of the body follows.
        let answer = client.exchange(head).await;
        let answer = answer.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&answer);
        assert!(answer.starts_with("HTTP/1.1 413"), "{framing}: {answer}");
        assert!(answer.contains("x-error-code: body_too_large"), "{answer}");
    }
}

#[tokio::test]
async fn s_67_a_chunked_body_is_cut_off_where_it_becomes_too_large() {
    let (_server, client) = with_account().await;
    let mut stream = client.connect().await;
    let head = "POST /user/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
    // Until the server has had enough: it must not take a hundred megabytes.
    let mut sent = 0;
    while sent < 100_000 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 100_000, "the server went on reading");
    let answer = read_to_close(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
    // As much as is allowed, in as many pieces as there are bytes, is a sign-in.
    let body = format!("{{{}}}", members());
    let pieces: String = body
        .split("")
        .filter(|c| !c.is_empty())
        .flat_map(|c| ["1;ext=\"x\"\r\n", c, "\r\n"])
        .collect();
    let answer = client
        .exchange(format!(
            "{}{pieces}0\r\n\r\n",
            head.replace("Host: x", "Host: x\r\nConnection: close")
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// S-67: sixteen kibibytes to the byte.
#[tokio::test]
async fn s_67_sixteen_kibibytes_are_read_and_one_byte_more_is_not() {
    let (_server, client) = with_account().await;
    let members = members();
    for (size, status) in [(16 * 1024, 200), (16 * 1024 + 1, 413)] {
        let padding = " ".repeat(size - members.len() - 2);
        let answer = client.post_raw("/user/signin", format!("{{{members}{padding}}}")).await;
        assert_eq!(answer.status, status, "{size}");
    }
}
