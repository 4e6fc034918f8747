//! While the relay is out of order, everything but the mails goes on; and they come later (F-09).

use std::time::Duration;

use serde_json::json;
use sinks::smtp::{Behaviour, Stage};
use test_support::{Answer, Person, verify_email, wait_for_async};

use super::office::{Office, code_in};

const KNOWN: &str = "known@example.com";
const UNKNOWN: &str = "unknown@example.com";

/// What an observer can compare: everything but the values that are new in each answer.
fn seen(answer: &Answer) -> (u16, Vec<String>, String) {
    let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort(); // the server has no order of its own
    let body = match answer.json()["otp_request_id"].as_str() {
        Some(id) => answer.body.replace(id, "ID"),
        None => answer.body.clone(),
    };
    (answer.status, headers, body)
}

/// Asks for all four mails there are to be had by strangers; two of them are to be sent for a
/// known address, one for an unknown one.
async fn ask_for_mails(office: &Office) {
    let client = office.client();
    let (known, unknown) = (Person::new(KNOWN), Person::new(UNKNOWN));
    let forgotten = [known.forgot_password(&client).await, unknown.forgot_password(&client).await];
    assert_eq!(forgotten[0].status, 200, "{}", forgotten[0].body);
    assert_eq!(seen(&forgotten[0]), seen(&forgotten[1]));

    let form = |person: &Person| person.sign_up_form();
    let signed_up = [
        client.post("/user/signup", &form(&known)).await,
        client.post("/user/signup", &form(&unknown)).await,
    ];
    assert_eq!(signed_up[0].status, 200, "{}", signed_up[0].body);
    assert_eq!(seen(&signed_up[0]), seen(&signed_up[1]));
}

/// The answers come while the relay delivers nothing, and what was queued arrives afterwards.
async fn answers_and_recovers(break_down: impl Fn(&Office), mend: impl Fn(&Office)) {
    let office = Office::open();
    office.registered(KNOWN).await;
    break_down(&office);
    ask_for_mails(&office).await;
    assert_eq!(office.sink.mails().len(), 1, "no answer waited for the relay");
    mend(&office);
    assert_eq!(office.wait_for(KNOWN, 3).len(), 3);
    assert_eq!(office.wait_for(UNKNOWN, 1).len(), 1);
}

async fn answers_and_recovers_from(behaviour: Behaviour) {
    // New connections only: the pooled one would not see what greets newcomers.
    let break_down = |office: &Office| {
        office.sink.behave(behaviour.clone());
        office.sink.disconnect();
    };
    answers_and_recovers(break_down, |office| office.sink.behave(Behaviour::Accept)).await;
}

#[tokio::test]
async fn s_50_a_full_queue_refuses_free_and_taken_addresses_alike() {
    let office = Office::open_with(&[("BIOENTRUST_DELIVERY__QUEUE", "3")]);
    let client = office.client();
    office.registered(KNOWN).await;
    let decoy = Person::new(KNOWN).sign_up(&client).await;
    office.wait_for(KNOWN, 2);
    let code = Person::new(UNKNOWN).sign_up(&client).await;
    office.wait_for(UNKNOWN, 1);
    office.server().advance(Duration::from_mins(5));
    office.sink.behave(Behaviour::BlackHole);
    office.sink.disconnect();
    let sign_up =
        async |email: &str| client.post("/user/signup", &Person::new(email).sign_up_form()).await;
    for filler in ["a@example.com", "b@example.com", "c@example.com"] {
        // The mails before may be leaving their places only now.
        wait_for_async(|| async { (sign_up(filler).await.status == 200).then_some(()) }).await;
    }
    let resend =
        async |id: &str| client.post("/user/resend-otp", &json!({ "otp_request_id": id })).await;
    for answers in [
        [sign_up(KNOWN).await, sign_up("fresh@example.com").await],
        [resend(&decoy).await, resend(&code).await],
    ] {
        answers[0].assert_refused(503, "overloaded");
        assert_eq!(answers[0].header("retry-after"), Some("1"));
        assert_eq!(seen(&answers[0]), seen(&answers[1]));
    }
}

#[tokio::test]
async fn f_09_a_relay_that_refuses_connections() {
    answers_and_recovers(|office| office.sink.refuse(), |office| office.sink.listen()).await;
}

#[tokio::test]
async fn f_09_a_black_hole() {
    answers_and_recovers_from(Behaviour::BlackHole).await;
}

#[tokio::test]
async fn f_09_a_tarpit() {
    // Many bytes in the time of a try: no read times out on its own.
    answers_and_recovers_from(Behaviour::Tarpit(Duration::from_millis(50))).await;
}

#[tokio::test]
async fn f_09_a_relay_that_closes_down() {
    let reply = Behaviour::Reply(Stage::Greeting, "421 4.3.2 closing down");
    answers_and_recovers_from(reply).await;
}

#[tokio::test]
async fn f_09_greylisting() {
    let reply = Behaviour::Reply(Stage::Recipient, "450 4.2.0 greylisted, try again later");
    answers_and_recovers_from(reply).await;
}

#[tokio::test]
async fn f_09_a_code_that_died_during_the_outage_is_not_sent_and_a_new_one_is() {
    let office = Office::open();
    let late = Person::new("late@example.com");
    office.sink.refuse();
    late.sign_up(&office.client()).await;
    office.server().advance(Duration::from_mins(11));
    office.sink.listen();
    office.let_retries_pass().await;
    assert_eq!(office.to(&late.email), []);

    let id = late.sign_up(&office.client()).await;
    let mails = office.wait_for(&late.email, 1);
    assert_eq!(verify_email(&office.client(), &id, &code_in(&mails[0])).await.status, 200);
}
