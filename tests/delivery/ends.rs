//! What becomes of mails when the process ends while the relay is out of order (F-14, S-100).

use std::time::Duration;

use sinks::smtp::{Mail, Setup, Sink};
use test_support::{Client, Person, ServerProcess, verify_email, wait_for, wait_for_async};

use super::office::{SMTP, code_in};

const KNOWN: &str = "known@example.com";
const UNKNOWN: &str = "unknown@example.com";

/// A server process that owes two mails: a code to the one, news to the other.
async fn in_debt() -> (ServerProcess, Sink) {
    let sink = Sink::start(Setup::plain());
    let url = format!("smtp+insecure://{}", sink.address());
    let settings = [SMTP, &[("BIOENTRUST_EMAIL__SMTP_URL", &url)]].concat();
    let server = ServerProcess::start_with(&settings).await;
    let client = server.client();
    register(&client, &sink).await;
    sink.refuse();
    sink.disconnect();
    // "You already have an account": news, where the address is taken.
    Person::new(KNOWN).sign_up(&client).await;
    Person::new(UNKNOWN).sign_up(&client).await;
    // The owner is told after the answer (S-50): what the log of deliveries has is in the outbox.
    let admin = server.admin();
    wait_for_async(|| async {
        let page = admin.get("/deliveries").await;
        page.body.contains("already_registered").then_some(())
    })
    .await;
    (server, sink)
}

async fn register(client: &Client, sink: &Sink) {
    let id = Person::new(KNOWN).sign_up(client).await;
    let code = code_in(&sink.wait_for_mails(1)[0]);
    assert_eq!(verify_email(client, &id, &code).await.status, 200);
}

fn to(mails: &[Mail], email: &str) -> usize {
    mails.iter().filter(|mail| mail.to == [email]).count()
}

#[tokio::test]
async fn f_14_at_sigterm_news_stay_codes_are_counted_as_lost_and_the_end_is_in_order() {
    let (mut server, sink) = in_debt().await;
    let asked = tokio::time::Instant::now();
    server.signal("TERM");
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    // S-100.
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
    let log = server.log();
    let lost: Vec<_> = log.lines().filter(|line| line.contains("lost with the process")).collect();
    assert_eq!(lost.len(), 1, "{log}");
    assert!(lost[0].contains("sign_up_code") && lost[0].contains('1'), "{lost:?}");
    sink.listen();
    server.restart().await;
    let mails = sink.wait_for_mails(2);
    assert_eq!((to(&mails, KNOWN), to(&mails, UNKNOWN)), (2, 0));
}

#[tokio::test]
async fn f_14_news_survive_a_kill_and_are_sent_once_by_the_next_process() {
    let (mut server, sink) = in_debt().await;
    server.kill();
    sink.listen();
    server.restart().await;
    assert_eq!(to(&sink.wait_for_mails(2), KNOWN), 2);
    // A later mail, so that a second copy would have had its time.
    Person::new(UNKNOWN).sign_up(&server.client()).await;
    let mails = sink.wait_for_mails(3);
    assert_eq!((to(&mails, KNOWN), to(&mails, UNKNOWN)), (2, 1));
    // What was dealt with has left the outbox.
    server.restart().await;
    Person::new("third@example.com").sign_up(&server.client()).await;
    assert_eq!(to(&sink.wait_for_mails(4), KNOWN), 2);
}

#[tokio::test]
async fn what_waits_when_sigterm_comes_still_goes_out_when_the_relay_is_back() {
    let (mut server, sink) = in_debt().await;
    server.signal("TERM");
    wait_for(|| server.log().contains("stopping").then_some(())).await;
    sink.listen();
    let mails = sink.wait_for_mails(3);
    assert_eq!((to(&mails, KNOWN), to(&mails, UNKNOWN)), (2, 1));
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    assert!(!server.log().contains("lost with the process"));
}
