//! TLS or nothing: what leaves when the relay is not who it should be (S-75, F-10).

use sinks::authority::{Authority, Identity};
use sinks::smtp::{Behaviour, Setup, Sink, Stage};

use super::fixture::*;
use crate::notification_dispatch::channel::DeliveryError;
use crate::notification_dispatch::channel::smtp::tls::{TlsError, client_config};

const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };
const USER: &str = "relay-user";
const PASSWORD: &str = "p:/@ß";

/// A sink that demands the password, as `setup` protects it.
fn sink(setup: Setup) -> Sink {
    Sink::start(setup.with_login(USER, PASSWORD))
}

fn with_login(sink: &Sink, scheme: &str, host: &str) -> String {
    url(sink, scheme, &format!("{USER}:p%3A%2F%40%C3%9F@{host}"))
}

/// The ways that TLS protects, each with the scheme of its URL.
fn ways(identity: &Identity) -> [(&'static str, Setup); 2] {
    [("smtp", Setup::starttls(identity.clone())), ("smtps", Setup::tls(identity.clone()))]
}

#[tokio::test]
async fn over_both_ways_of_tls_the_password_and_the_message_arrive() {
    let authority = Authority::new();
    for host in ["127.0.0.1", "localhost"] {
        for (scheme, setup) in ways(&authority.certify(host)) {
            let sink = sink(setup);
            let channel = channel(&with_login(&sink, scheme, host), Some(&authority));
            send(&channel).await.unwrap();
            send(&channel).await.unwrap();
            for mail in sink.mails() {
                assert_eq!((mail.encrypted, mail.user.as_deref()), (true, Some(USER)), "{scheme}");
            }
            assert_eq!((sink.mails().len(), sink.connections()), (2, 1), "{scheme} {host}");
        }
    }
}

#[tokio::test]
async fn a_relay_that_only_knows_auth_login_is_answered_in_two_steps() {
    let authority = Authority::new();
    let setup = Setup { mechanisms: "LOGIN", ..Setup::tls(authority.certify("127.0.0.1")) };
    let sink = sink(setup);
    let channel = channel(&with_login(&sink, "smtps", "127.0.0.1"), Some(&authority));
    send(&channel).await.unwrap();
    assert_eq!(sink.mails()[0].user.as_deref(), Some(USER));
}

#[tokio::test]
async fn no_byte_of_the_password_leaves_for_a_relay_with_a_wrong_certificate_f10() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let wrong = [trusted.certify("other.example.org"), stranger.certify("127.0.0.1")];
    for identity in &wrong {
        for (scheme, setup) in ways(identity) {
            let sink = sink(setup);
            let channel = channel(&with_login(&sink, scheme, "127.0.0.1"), Some(&trusted));
            let failure = send(&channel).await.unwrap_err();
            assert_eq!(failure.kind, TRANSIENT);
            assert!(failure.to_string().contains("certificate"), "{failure}");
            nothing_left(&sink);
        }
    }
}

#[tokio::test]
async fn no_byte_of_the_password_leaves_for_a_relay_without_starttls_f10() {
    let authority = Authority::new();
    let identity = authority.certify("127.0.0.1");
    for (behaviour, setup) in [
        (Behaviour::Accept, Setup::plain()),
        (
            Behaviour::Reply(Stage::StartTls, "454 4.7.0 TLS not available"),
            Setup::starttls(identity.clone()),
        ),
        (Behaviour::InjectAfterStartTls, Setup::starttls(identity)),
    ] {
        let sink = sink(setup);
        sink.behave(behaviour.clone());
        let channel = channel(&with_login(&sink, "smtp", "127.0.0.1"), Some(&authority));
        let failure = send(&channel).await.unwrap_err();
        assert_eq!(failure.kind, TRANSIENT, "{behaviour:?}");
        nothing_left(&sink);
    }
}

/// Neither a mail nor a line of a command that could hold the password.
fn nothing_left(sink: &Sink) {
    assert_eq!(sink.mails(), []);
    let said = sink.lines();
    assert!(said.iter().all(|line| line.starts_with("EHLO ") || line == "STARTTLS"), "{said:?}");
}

#[tokio::test]
async fn a_wrong_password_costs_no_message_and_is_tried_again() {
    let authority = Authority::new();
    let sink = sink(Setup::tls(authority.certify("127.0.0.1")));
    let wrong = url(&sink, "smtps", "relay-user:hunter2@127.0.0.1");
    let failure = send(&channel(&wrong, Some(&authority))).await.unwrap_err();
    assert_eq!(failure.kind, TRANSIENT);
    assert!(failure.to_string().contains("535 5.7.8 wrong password"), "{failure}");
    let missing = url(&sink, "smtps", "127.0.0.1");
    let failure = send(&channel(&missing, Some(&authority))).await.unwrap_err();
    assert_eq!(failure.kind, TRANSIENT);
    assert!(failure.to_string().contains("530 5.7.0"), "{failure}");
}

#[test]
fn a_file_without_certificates_is_refused_by_name() {
    let (_, empty) = settings("smtps://h", None);
    for path in [empty.path(), "/nowhere/ca.pem".as_ref()] {
        let refusal = client_config(true, Some(path)).unwrap_err();
        assert!(matches!(refusal, TlsError::CaFile { .. }));
        assert!(refusal.to_string().contains(path.to_str().unwrap()), "{refusal}");
    }
}
