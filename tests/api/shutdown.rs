//! The end of a server in the middle of its work (S-100, F-14).

use std::fs;

use test_support::{
    Answer, Client, Person, ServerProcess, Tokens, all, read_to_close, verify_email, wait_for,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CLIENTS: usize = 16;
/// Lives under load before the signal comes, of all clients together.
const LIVES: usize = 50;

/// Asks on a connection that stays open.
async fn ask(stream: &mut TcpStream, request: &str, answer: &str) {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = vec![0; answer.len()];
    stream.read_exact(&mut read).await.unwrap();
    assert_eq!(String::from_utf8(read).unwrap(), answer);
}

/// Whether the server has read everything that came in on its port.
fn has_read_all(port: u16) -> bool {
    let local = format!(":{port:04X}");
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().skip(1).all(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields[3] == "0A";
        listens || !fields[1].ends_with(&local) || fields[4].ends_with(":00000000")
    })
}

#[tokio::test]
async fn s_100_what_was_begun_to_read_is_answered_and_what_is_at_rest_is_closed() {
    let mut server = ServerProcess::start().await;
    let client = server.client();
    let port = client.authority().rsplit(':').next().unwrap().parse().unwrap();
    let body = Person::new("john@example.com").sign_up_form().to_string();
    let (some, more) = body.split_at(20);
    let sign_up = format!(
        "POST /user/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    let begun = [
        ("GET /us".to_owned(), "er/home HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("GET /user/home HTTP/1.1\r\nHost: x\r\n".to_owned(), "\r\n".to_owned()),
        (sign_up.clone(), format!("\r\n{body}")),
        (format!("{sign_up}\r\n{some}"), more.to_owned()),
    ];
    let mut streams = Vec::new();
    for (first, rest) in &begun {
        let mut stream = client.connect().await;
        stream.write_all(first.as_bytes()).await.unwrap();
        streams.push((stream, rest.as_str()));
    }
    let mut stream = client.connect().await;
    let expecting = format!("{sign_up}Expect: 100-continue\r\n\r\n");
    ask(&mut stream, &expecting, "HTTP/1.1 100 Continue\r\n\r\n").await;
    streams.push((stream, &body));
    let mut at_rest = client.connect().await;
    let home = "GET /user/home HTTP/1.1\r\nHost: x\r\n\r\n";
    ask(&mut at_rest, home, "HTTP/1.1 200 OK\r\n").await;
    wait_for(|| has_read_all(port).then_some(())).await;

    server.signal("TERM");
    let rest = read_to_close(&mut at_rest).await;
    assert!(rest.ends_with('}') && !rest.contains("connection: close"), "it was answered: {rest}");
    for (mut stream, rest) in streams {
        stream.write_all(rest.as_bytes()).await.unwrap();
        let answer = read_to_close(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{rest}: {answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
}

/// What somebody was told.
struct Member {
    person: Person,
    tokens: Tokens,
    is_signed_out: bool,
}

/// One life after the other, until an answer says that the server leaves.
async fn live_until_told(client: Client, name: usize) -> Vec<Member> {
    let mut members = Vec::new();
    loop {
        let person = Person::new(&format!("c{name}n{}@example.com", members.len()));
        let Some((id, otp)) = sign_up(&client, &person).await else { return members };
        let verified = verify_email(&client, &id, &otp).await;
        let tokens = Tokens::of(&verified);
        members.push(Member { person, tokens, is_signed_out: false });
        let member = members.last_mut().unwrap();
        if says_goodbye(&verified) || says_goodbye(&member.person.sign_in(&client).await) {
            return members;
        }
        let signed_out =
            client.with_bearer("DELETE", "/user/signout", &member.tokens.refresh).await;
        assert_eq!(signed_out.status, 200, "{}", signed_out.body);
        member.is_signed_out = true;
        if says_goodbye(&signed_out) {
            return members;
        }
    }
}

async fn sign_up(client: &Client, person: &Person) -> Option<(String, String)> {
    let answer = client.post("/user/signup", &person.sign_up_form()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    if says_goodbye(&answer) {
        return None;
    }
    let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
    Some((id, client.code_for(&person.email).await))
}

fn says_goodbye(answer: &Answer) -> bool {
    answer.header("connection") == Some("close")
}

#[tokio::test]
async fn f_14_under_load_clients_that_move_away_when_told_see_no_failure_and_lose_nothing() {
    let settings = [("BIOENTRUST_SERVER__SHUTDOWN_DELAY", "2s")];
    let mut server = ServerProcess::start_with(&settings).await;
    let base = server.client().url("");
    let clients: Vec<_> = (0..CLIENTS)
        .map(|name| tokio::spawn(live_until_told(Client::new(base.clone()), name)))
        .collect();
    wait_for(|| (server.log().matches("\"sign_out\"").count() >= LIVES).then_some(())).await;

    server.signal("TERM");
    let members: Vec<Member> =
        all(clients).await.into_iter().flat_map(|told| told.expect("no client fails")).collect();
    let late = Client::new(base);
    let ready = late.get("/health/ready").await;
    assert_eq!((ready.status, &ready.json()["components"]["server"]), (503, &"unavailable".into()));
    assert!(says_goodbye(&late.get("/user/home").await));
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());

    server.restart().await;
    let client = server.client();
    assert!(members.len() > LIVES);
    for Member { person, tokens, is_signed_out } in &members {
        assert_eq!(person.sign_in(&client).await.status, 200, "{}", person.email);
        let refreshed = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await.status;
        assert_eq!(refreshed, if *is_signed_out { 401 } else { 200 }, "{}", person.email);
    }
}
