//! The server as an operator would run it, and Twilio's own name.

use sinks::authority::Authority;
use sinks::twilio::Sink;
use tempfile::TempDir;
use test_support::{Person, ServerProcess};

use super::sms::{ACCOUNT, NIGERIA, TOKEN, TWILIO, first, request_id, send_sms, verify_sms};

/// Over TLS to `https://api.twilio.com`, which `scripts/twilio-smoke` makes this machine's own.
#[tokio::test]
#[ignore = "needs port 443 and another /etc/hosts: run scripts/twilio-smoke"]
async fn a_code_reaches_the_name_api_twilio_com_over_verified_tls() {
    let (authority, folder) = (Authority::new(), TempDir::new().unwrap());
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    let sink = Sink::listen("127.0.0.1:443", Some(authority.certify("api.twilio.com")));

    let more =
        [("BIOENTRUST_SMS__ALLOWED_COUNTRIES", "NG"), ("SSL_CERT_FILE", trusted.to_str().unwrap())];
    let server = ServerProcess::start_with(&[&TWILIO[..], &more].concat()).await;
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "ada@example.com").await;
    let id = request_id(&send_sms(&client, &tokens.access, NIGERIA).await);

    let request = first(&sink).await;
    assert_eq!(request.header("host"), Some("api.twilio.com"));
    assert_eq!(request.path, format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json"));
    assert_eq!(request.credentials(), Some(format!("{ACCOUNT}:{TOKEN}")));
    let code = request.code().unwrap();
    verify_sms(&client, &id, &code).await.assert(200, r#"{"message":"Phone number verified"}"#);
    assert!(!server.log().contains(TOKEN) && !server.log().contains(&code));
    assert!(!server.log().contains(NIGERIA));
}
