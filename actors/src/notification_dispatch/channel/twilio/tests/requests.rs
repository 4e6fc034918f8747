//! What is sent.

use sinks::twilio::{Reply, Sink};

use super::fixture::*;
use crate::notification_dispatch::channel::twilio::TwilioChannel;
use crate::notification_dispatch::channel::twilio::request::Requests;

#[tokio::test]
async fn a_message_is_posted_to_the_account_with_its_sender_and_its_password() {
    let sink = Sink::plain();
    assert_eq!(deliver(&channel(&sink.base_url())).await, Ok(()));
    let request = arrived(&sink).await;
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    assert_eq!(request.fields(), ["To", "From", "Body"]);
    assert_eq!(request.field("To"), Some(TO));
    assert_eq!(request.field("From"), Some("+15005550006"));
    assert_eq!(request.field("Body"), Some(TEXT));
    assert_eq!(request.credentials(), Some(format!("{ACCOUNT}:{TOKEN}")));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(request.header("user-agent").unwrap().starts_with("bioentrust-auth/"));
    assert_eq!(request.header("host"), sink.base_url().strip_prefix("http://"));
}

#[tokio::test]
async fn a_messaging_service_stands_in_the_place_of_the_sender() {
    let sink = Sink::plain();
    sink.script([Reply::accepted()]);
    let channel = TwilioChannel::open(&account(&sink.base_url(), service())).unwrap();
    assert_eq!(deliver(&channel).await, Ok(()));
    let request = arrived(&sink).await;
    assert_eq!(request.fields(), ["To", "MessagingServiceSid", "Body"]);
    assert_eq!(request.field("MessagingServiceSid"), Some(SERVICE));
    assert_eq!((request.field("To"), request.field("Body")), (Some(TO), Some(TEXT)));
    assert_eq!(request.credentials(), Some(format!("{ACCOUNT}:{TOKEN}")));
}

#[tokio::test]
async fn a_request_shows_its_token_to_nobody() {
    let account = account("https://api.twilio.com", sender("+15005550006"));
    let request = Requests::new(&account).unwrap().build(&message()).await.unwrap();
    let base64 = request.headers()["authorization"].to_str().unwrap()["Basic ".len()..].to_owned();
    let shown = format!("{request:?}");
    assert!(!shown.contains(&base64) && shown.contains("Sensitive"), "{shown}");
}

#[tokio::test]
async fn a_name_may_be_the_sender() {
    let sink = Sink::plain();
    let account = account(&sink.base_url(), sender("BioEntrust"));
    assert_eq!(deliver(&TwilioChannel::open(&account).unwrap()).await, Ok(()));
    assert_eq!(arrived(&sink).await.field("From"), Some("BioEntrust"));
}

#[tokio::test]
async fn messages_share_a_connection() {
    let sink = Sink::plain();
    let channel = channel(&sink.base_url());
    for _ in 0..3 {
        assert_eq!(deliver(&channel).await, Ok(()));
    }
    assert_eq!((sink.requests().len(), sink.connections()), (3, 1));
}
