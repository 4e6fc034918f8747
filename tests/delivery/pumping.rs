//! Fraud by text message: what reaches the provider, whoever asks for how much (S-19, S-20).

use std::time::Duration;

use sinks::twilio::Sink;
use test_support::{Answer, Client, Person, ServerThread, Tokens, all, wait_for};

use super::sms::{TWILIO, send_sms};

/// A server that sends its text messages to `sink`, with accounts that may ask for any number.
fn server(sink: &Sink) -> ServerThread {
    let base_url = sink.base_url();
    let own = [
        ("BIOENTRUST_SMS__TWILIO__BASE_URL", base_url.as_str()),
        ("BIOENTRUST_SMS__ALLOWED_COUNTRIES", "NG,GH"),
        ("BIOENTRUST_LIMITS__SMS_PER_ACCOUNT", "100/1s"),
    ];
    ServerThread::start_with(&[&TWILIO[..], &own].concat())
}

/// Asks for codes to all numbers, fifty at a time.
async fn ask_for_all(client: &Client, access: &str, numbers: &[String]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for some in numbers.chunks(50) {
        answers.extend(all(some.iter().map(|number| send_sms(client, access, number))).await);
    }
    answers
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// So many messages have reached the provider, and not one more.
async fn arrived(sink: &Sink, messages: usize) {
    wait_for(|| (sink.requests().len() >= messages).then_some(())).await;
    assert_eq!(sink.requests().len(), messages);
}

#[tokio::test]
async fn of_a_thousand_adjacent_numbers_the_provider_sees_no_more_than_the_budget_of_their_block() {
    let sink = Sink::plain();
    let server = server(&sink);
    let client = server.client();
    let (_, ada) = Person::registered(&client, "ada@example.com").await;
    let (_, ben) = Person::registered(&client, "ben@example.com").await;
    let adjacent: Vec<_> = (0..1000).map(|n| format!("+234801234{n:04}")).collect();
    let (first, second) = adjacent.split_at(500);
    let mut answers = ask_for_all(&client, &ada.access, first).await;
    answers.extend(ask_for_all(&client, &ben.access, second).await);
    assert_eq!((count(&answers, 200), count(&answers, 429)), (20, 980));
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert_eq!(refused.code(), "rate_limited");

    let foreign: Vec<_> = (0..100).map(|n| format!("+4474001234{n:02}")).collect();
    let answers = ask_for_all(&client, &ada.access, &foreign).await;
    assert_eq!(count(&answers, 400), 100, "no country of the list");

    // One more that is within its budgets: by then all before it are on their way.
    let last = "+233241234567";
    assert_eq!(send_sms(&client, &ada.access, last).await.status, 200);
    let to =
        |number: &str| sink.requests().iter().any(|request| request.field("To") == Some(number));
    wait_for(|| (to(last) && sink.requests().len() >= 21).then_some(())).await;
    assert_eq!(sink.requests().len(), 21);
}

#[tokio::test]
async fn a_country_that_verifies_nothing_is_paused_and_others_are_not() {
    let sink = Sink::plain();
    let server = server(&sink);
    let client = server.client();
    let (ada, tokens) = Person::registered(&client, "ada@example.com").await;
    let ask = |number| send_sms(&client, &tokens.access, number);
    // Each in a block of its own, so that only the country is judged.
    let scattered: Vec<_> = (0..50).map(|n| format!("+2348012{n:02}1234")).collect();
    let answers = ask_for_all(&client, &tokens.access, &scattered).await;
    assert_eq!(count(&answers, 200), 50);
    arrived(&sink, 50).await;

    server.advance(Duration::from_mins(7));
    let paused = ask("+2348012991234").await;
    paused.assert_refused(429, "rate_limited");
    assert_eq!(paused.header("retry-after"), Some("3600"));
    assert_eq!(ask("+233241234567").await.status, 200, "Ghana goes on");
    arrived(&sink, 51).await;
    server.advance(Duration::from_hours(1));
    let tokens = Tokens::of(&ada.sign_in(&client).await);
    let tried_again = send_sms(&client, &tokens.access, "+2348012991234").await;
    assert_eq!(tried_again.status, 200);
    arrived(&sink, 52).await;
}
