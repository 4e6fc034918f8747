//! How often a mail is tried, and what is said to a relay that is not the right one (F-10).

use sinks::authority::Authority;
use sinks::smtp::{Behaviour, Setup, Sink, Stage};
use tempfile::NamedTempFile;
use test_support::Person;

use super::office::{Office, server_with};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn f_10_a_recipient_refused_for_good_is_tried_once() {
    let office = Office::open();
    office.sink.behave(Behaviour::Reply(Stage::Recipient, "550 5.1.1 no such user"));
    Person::new(ADA).sign_up(&office.client()).await;
    office.sink.wait_for_connections(1);
    let tries = || {
        let lines = office.sink.lines();
        lines.iter().filter(|line| line.contains(ADA)).count()
    };
    while tries() == 0 {
        tokio::task::yield_now().await;
    }
    office.sink.behave(Behaviour::Accept);
    office.let_retries_pass().await;
    assert_eq!((tries(), office.to(ADA).len()), (1, 0));
}

#[tokio::test]
async fn f_10_when_the_answer_to_a_mail_is_lost_there_are_two_copies_at_most() {
    let office = Office::open();
    office.sink.behave(Behaviour::Drop(Stage::Content));
    Person::new(ADA).sign_up(&office.client()).await;
    office.wait_for(ADA, 2);
    office.sink.behave(Behaviour::Accept);
    office.let_retries_pass().await;
    assert_eq!(office.to(ADA).len(), 2);
}

#[tokio::test]
async fn f_10_a_relay_with_a_wrong_certificate_or_without_starttls_hears_no_secret() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let ca_file = NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), trusted.pem()).unwrap();
    for (scheme, setup) in [
        ("smtps", Setup::tls(trusted.certify("other.example.org"))),
        ("smtps", Setup::tls(stranger.certify("127.0.0.1"))),
        ("smtp", Setup::starttls(stranger.certify("127.0.0.1"))),
        ("smtp", Setup::plain()),
    ] {
        let sink = Sink::start(setup.with_login("user", "hunter2"));
        let url = format!("{scheme}://user:hunter2@{}", sink.address());
        let server = server_with(&[
            ("BIOENTRUST_EMAIL__SMTP_URL", &url),
            ("BIOENTRUST_EMAIL__SMTP_CA_FILE", ca_file.path().to_str().unwrap()),
        ]);
        Person::new(ADA).sign_up(&server.client()).await;
        // The second try: by then the first has said all it was going to say.
        sink.wait_for_connections(2);
        let lines = sink.lines();
        assert!(
            lines.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS"),
            "{lines:?}"
        );
        assert_eq!(sink.mails(), []);
    }
}

#[tokio::test]
async fn a_mail_arrives_over_tls_from_the_signed_in_user() {
    let authority = Authority::new();
    let ca_file = NamedTempFile::new().unwrap();
    std::fs::write(ca_file.path(), authority.pem()).unwrap();
    let sink = Sink::start(Setup::starttls(authority.certify("127.0.0.1")).with_login("u", "p:/@"));
    let secret = NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), format!("smtp://u:p%3A%2F%40@{}\n", sink.address())).unwrap();
    let server = server_with(&[
        ("BIOENTRUST_EMAIL__SMTP_URL_FILE", secret.path().to_str().unwrap()),
        ("BIOENTRUST_EMAIL__SMTP_CA_FILE", ca_file.path().to_str().unwrap()),
    ]);
    Person::new(ADA).sign_up(&server.client()).await;
    let mails = sink.wait_for_mails(1);
    assert_eq!((mails[0].encrypted, mails[0].user.as_deref()), (true, Some("u")));
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("no-reply@example.org", &[ADA.to_owned()][..])
    );
}
