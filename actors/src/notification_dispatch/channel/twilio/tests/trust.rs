//! Over TLS, and only to those who prove their name (S-75).

use sinks::authority::Authority;
use sinks::twilio::Sink;

use super::super::*;
use super::fixture::*;
use crate::notification_dispatch::DeliveryError;

const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };

fn trusting(authority: &Authority, base_url: &str) -> TwilioChannel {
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([root]);
    TwilioChannel::over(&account(base_url, sender("+15005550006")), client).unwrap()
}

#[tokio::test]
async fn a_message_travels_encrypted() {
    let authority = Authority::new();
    let sink = Sink::encrypted(authority.certify("127.0.0.1"));
    assert!(sink.base_url().starts_with("https://"));
    assert_eq!(deliver(&trusting(&authority, &sink.base_url())).await, Ok(()));
    let request = arrived(&sink).await;
    assert_eq!(request.credentials(), Some(format!("{ACCOUNT}:{TOKEN}")));
}

#[tokio::test]
async fn nobody_gets_the_token_without_the_name_and_somebody_trusted_to_vouch_for_it() {
    let (known, stranger) = (Authority::new(), Authority::new());
    for identity in [known.certify("api.twilio.com"), stranger.certify("127.0.0.1")] {
        let sink = Sink::encrypted(identity);
        assert_eq!(deliver(&trusting(&known, &sink.base_url())).await, Err(TRANSIENT));
        assert_eq!((sink.requests().len(), sink.connections()), (0, 1));
    }
    let sink = Sink::encrypted(stranger.certify("127.0.0.1"));
    assert_eq!(deliver(&channel(&sink.base_url())).await, Err(TRANSIENT));
    assert!(sink.requests().is_empty());
}
