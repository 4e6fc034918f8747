//! Text messages through Twilio.

use serde_json::json;
use sinks::twilio::{Reply, Request, Sink};
use test_support::{Answer, Client, Person, ServerThread, wait_for};

pub(crate) const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub(crate) const TOKEN: &str = "fedcba9876543210fedcba9876543210";
pub(crate) const SENDER: &str = "+15005550006";
pub(crate) const NIGERIA: &str = "+2348012345678";
const AMERICA: &str = "+14155552671";

pub(crate) const TWILIO: [(&str, &str); 4] = [
    ("BIOENTRUST_SMS__TRANSPORT", "twilio"),
    ("BIOENTRUST_SMS__TWILIO__ACCOUNT_SID", ACCOUNT),
    ("BIOENTRUST_SMS__TWILIO__AUTH_TOKEN", TOKEN),
    ("BIOENTRUST_SMS__TWILIO__FROM", SENDER),
];

/// A server that sends its text messages to `base_url`.
fn server(base_url: &str, more: &[(&str, &str)]) -> ServerThread {
    let base_url = [("BIOENTRUST_SMS__TWILIO__BASE_URL", base_url)];
    ServerThread::start_with(&[&TWILIO[..], &base_url, more].concat())
}

const ONLY_NIGERIA: (&str, &str) = ("BIOENTRUST_SMS__ALLOWED_COUNTRIES", "NG");

pub(crate) async fn send_sms(client: &Client, access: &str, number: &str) -> Answer {
    let request = client.request("POST", "/user/send-sms").bearer_auth(access);
    client.send(request.json(&json!({"phone_number": number}))).await
}

pub(crate) async fn verify_sms(client: &Client, id: &str, otp: &str) -> Answer {
    client.post("/user/verify-sms", &json!({"otp": otp, "otp_request_id": id})).await
}

pub(crate) fn request_id(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.json()["response"].as_str()), (200, Some("otp sent")));
    answer.json()["otp_request_id"].as_str().unwrap().to_owned()
}

/// The first request that the stand-in got, once it is there.
pub(crate) async fn first(sink: &Sink) -> Request {
    wait_for(|| sink.requests().into_iter().next()).await
}

#[tokio::test]
async fn a_code_that_twilio_carried_proves_the_number() {
    let sink = Sink::plain();
    let server = server(&sink.base_url(), &[ONLY_NIGERIA]);
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "ada@example.com").await;
    let id = request_id(&send_sms(&client, &tokens.access, "+234 801 234 5678").await);

    let request = first(&sink).await;
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    assert_eq!(request.credentials(), Some(format!("{ACCOUNT}:{TOKEN}")));
    assert_eq!((request.field("To"), request.field("From")), (Some(NIGERIA), Some(SENDER)));

    let code = request.code().unwrap();
    verify_sms(&client, &id, &code).await.assert(200, r#"{"message":"Phone number verified"}"#);
    // What left through Twilio is in no inbox.
    assert!(client.inbox(NIGERIA).await.is_empty());
}

/// F-11, F-12.
#[tokio::test]
async fn nobody_can_tell_from_an_answer_whether_twilio_works() {
    let (refusing, silent, broken) = (Sink::plain(), Sink::plain(), Sink::plain());
    refusing.answer_all(Reply::error(400, 21211, "The 'To' number is not a valid phone number."));
    silent.answer_all(Reply::Silence);
    broken.answer_all(Reply::http(503, "<html>maintenance</html>"));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for base_url in
        [refusing.base_url(), silent.base_url(), broken.base_url(), format!("http://{nobody}")]
    {
        let server = server(&base_url, &[ONLY_NIGERIA]);
        let client = server.client();
        let (_, tokens) = Person::registered(&client, "ada@example.com").await;
        let answer = send_sms(&client, &tokens.access, NIGERIA).await;
        let id = request_id(&answer);
        assert_eq!(answer.json().as_object().unwrap().len(), 2);
        verify_sms(&client, &id, "000000").await.assert_refused(401, "otp_invalid");
    }
    for sink in [refusing, silent, broken] {
        assert_eq!(first(&sink).await.field("To"), Some(NIGERIA));
    }
}

/// S-20.
#[tokio::test]
async fn a_number_outside_the_allowed_countries_never_reaches_twilio() {
    let sink = Sink::plain();
    // A fresh set-up has named no country.
    let server = server(&sink.base_url(), &[]);
    let (_, tokens) = Person::registered(&server.client(), "ada@example.com").await;
    for number in [NIGERIA, AMERICA] {
        let answer = send_sms(&server.client(), &tokens.access, number).await;
        answer.assert_refused(400, "invalid_field");
    }
    drop(server);

    let server = self::server(&sink.base_url(), &[ONLY_NIGERIA]);
    let (_, tokens) = Person::registered(&server.client(), "ada@example.com").await;
    let answer = send_sms(&server.client(), &tokens.access, AMERICA).await;
    answer.assert_refused(400, "invalid_field");
    request_id(&send_sms(&server.client(), &tokens.access, NIGERIA).await);
    assert_eq!(first(&sink).await.field("To"), Some(NIGERIA));
    assert_eq!(sink.requests().len(), 1);
}

#[tokio::test]
async fn a_test_number_is_proved_by_its_fixed_code_and_gets_nothing() {
    let sink = Sink::plain();
    let test_numbers = ("BIOENTRUST_SMS__TEST_NUMBERS", "+14155552671 424242");
    let server = server(&sink.base_url(), &[ONLY_NIGERIA, test_numbers]);
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "ada@example.com").await;

    // Its tries are counted like those of any number (S-15).
    let id = request_id(&send_sms(&client, &tokens.access, AMERICA).await);
    for _ in 0..5 {
        verify_sms(&client, &id, "000000").await.assert_refused(401, "otp_invalid");
    }
    verify_sms(&client, &id, "424242").await.assert_refused(401, "otp_invalid");

    let id = request_id(&send_sms(&client, &tokens.access, AMERICA).await);
    verify_sms(&client, &id, "424242").await.assert(200, r#"{"message":"Phone number verified"}"#);

    // Messages leave in the order they came: this one would have been behind the others.
    request_id(&send_sms(&client, &tokens.access, NIGERIA).await);
    assert_eq!(first(&sink).await.field("To"), Some(NIGERIA));
}
