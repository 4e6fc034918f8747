//! Messages as a mail program reads them, and what people try to smuggle into them (S-64).

use std::sync::Arc;

use mail_parser::{Message as Parsed, MessageParser};

use super::fixture::*;
use crate::notification_dispatch::channel::Channel;
use crate::notification_dispatch::channel::smtp::SmtpSettings;

/// Sends the mail, and returns the only thing that arrived.
async fn arrived(subject: &str, text: &str, html: Option<&str>) -> String {
    let (sink, channel) = plain();
    channel.deliver(Arc::new(mail(subject, text, html))).await.unwrap();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    let content = mails[0].content.clone();
    assert!(content.is_ascii(), "no extension is needed to carry it");
    assert!(content.lines().all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
    content
}

fn parsed(content: &str) -> Parsed<'_> {
    MessageParser::default().parse(content).expect("a mail")
}

fn header<'c>(content: &'c str, name: &str) -> Vec<&'c str> {
    let (header, _) = content.split_once("\r\n\r\n").unwrap();
    header.lines().filter_map(|line| line.strip_prefix(name)).collect()
}

#[tokio::test]
async fn the_header_says_who_writes_to_whom_and_when_and_that_a_machine_does() {
    let content = arrived("Your code", "042137\n", None).await;
    let mail = parsed(&content);
    assert_eq!(mail.subject(), Some("Your code"));
    let address = |address: Option<&mail_parser::Address>| {
        let first = address.unwrap().first().unwrap().clone();
        (first.name.map(String::from), first.address.map(String::from))
    };
    let from = (Some("BioEntrust".to_owned()), Some("no-reply@example.org".to_owned()));
    assert_eq!(address(mail.from()), from);
    assert_eq!(address(mail.to()), (None, Some(ADA.to_owned())));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2022-01-16T14:40:00Z");
    assert_eq!(header(&content, "Auto-Submitted: "), ["auto-generated"]);
    let id = mail.message_id().unwrap();
    assert!(id.len() == 32 + "@example.org".len() && id.ends_with("@example.org"), "{id}");
    assert!(mail.reply_to().is_none());
}

#[tokio::test]
async fn every_mail_has_an_id_of_its_own() {
    let (sink, channel) = plain();
    send(&channel).await.unwrap();
    send(&channel).await.unwrap();
    let mails = sink.mails();
    assert_ne!(parsed(&mails[0].content).message_id(), parsed(&mails[1].content).message_id());
}

#[tokio::test]
async fn answers_go_where_the_operator_wants_them() {
    let (sink, _) = plain();
    let (settings, _) = settings(&url(&sink, "smtp+insecure", "127.0.0.1"), None);
    let reply_to = Some("Größte Hilfe <help@example.org>".parse().unwrap());
    send(&over(SmtpSettings { reply_to, ..settings })).await.unwrap();
    let content = sink.mails()[0].content.clone();
    let answers = parsed(&content).reply_to().unwrap().first().unwrap().clone();
    assert_eq!(answers.name.as_deref(), Some("Größte Hilfe"));
    assert_eq!(answers.address.as_deref(), Some("help@example.org"));
}

#[tokio::test]
async fn text_and_html_are_alternatives() {
    let content = arrived("Hi", "Hällo\n", Some("<p>H&auml;llo</p>")).await;
    let mail = parsed(&content);
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    assert_eq!(mail.body_text(0).unwrap().trim_end(), "Hällo");
    assert_eq!(mail.body_html(0).unwrap().trim_end(), "<p>H&auml;llo</p>");
    let kind = mail.root_part().headers.iter().find(|h| h.name() == "Content-Type").unwrap();
    assert_eq!(kind.value().as_content_type().unwrap().subtype(), Some("alternative"));
}

#[tokio::test]
async fn no_text_can_end_the_message_or_begin_another() {
    let text = "one\n.\n..\n.\r\nRCPT TO:<eve@example.com>\n.\n\nDATA\n.";
    let content = arrived("Hi", text, None).await;
    let received = parsed(&content).body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(received.trim_end(), text.replace("\r\n", "\n"));
}

#[tokio::test]
async fn a_subject_cannot_add_headers_or_a_body() {
    for subject in [
        "Hi\r\nBcc: eve@example.com",
        "Hi\nBcc: eve@example.com",
        "Hi\rBcc: eve@example.com",
        "Hi\r\n\r\nBcc: eve@example.com",
        "Hi\u{2028}Bcc: eve@example.com",
        "Hi\0\u{85}Bcc: eve@example.com",
        "=?utf-8?q?Hi=0D=0ABcc:_eve@example.com?=",
    ] {
        let content = arrived(subject, "text\n", None).await;
        assert_eq!(header(&content, "Bcc:"), [""; 0], "{subject:?}");
        assert_eq!(header(&content, "Subject:").len(), 1, "{subject:?}");
        assert_eq!(parsed(&content).body_text(0).unwrap().trim_end(), "text", "{subject:?}");
    }
}

#[tokio::test]
async fn directions_are_not_overridden_in_a_subject() {
    let content = arrived("Code \u{202e}gnp.exe\u{2066}", "text\n", None).await;
    assert_eq!(parsed(&content).subject().map(str::trim_end), Some("Code  gnp.exe"));
}

#[tokio::test]
async fn whatever_a_name_is_made_of_it_arrives_as_it_is() {
    let long = "ü".repeat(100);
    for name in [
        "<a href=\"https://evil.example\">Click</a>",
        "{{7*7}} {% raw %} ${7*7}",
        &long,
        "محمد \u{202e}evil\u{202c}",
        "=?utf-8?q?Eve?=",
        "From eve@example.com",
        "👩‍👩‍👧‍👦",
    ] {
        let (text, html) = (format!("Hello {name},\n\n{name}\n"), format!("<p>Hello {name}</p>"));
        let content = arrived(&format!("Hello {name}"), &text, Some(&html)).await;
        let mail = parsed(&content);
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), text);
        assert_eq!(mail.body_html(0).unwrap().trim_end(), html);
        assert_eq!(mail.attachment_count(), 0);
        assert_eq!(mail.to().unwrap().iter().count(), 1);
    }
}
