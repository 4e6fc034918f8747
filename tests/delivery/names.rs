//! What people call themselves does not change what they get: one mail, with their code (S-64).

use mail_parser::MessageParser;
use serde_json::json;

use super::office::{Office, code_in, text_of};

const ADA: &str = "ada@example.com";

/// Signs up under `name`; the status.
async fn sign_up(office: &Office, email: &str, name: &str) -> u16 {
    let form = json!({
        "first_name": name, "last_name": name, "email": email, "password": "correct horse battery",
    });
    office.client().post("/user/signup", &form).await.status
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn names_that_are_markup_or_templates_arrive_as_text_in_one_mail() {
    let office = Office::open();
    let long = "ü".repeat(100);
    let names = ["<a href=\"https://evil.example\">Click</a>", "{{7*7}}", "{% raw %}", ".", &long];
    for (number, name) in names.into_iter().enumerate() {
        let email = format!("n{number}@example.com");
        assert_eq!(sign_up(&office, &email, name).await, 200, "{name}");
        let mails = office.wait_for(&email, 1);
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        assert_eq!(code_in(mail).len(), 6, "{name}");
        // Spaces in it keep mail programs from making links of what looks like one.
        let (text, name) = (without_spaces(&text_of(mail)), without_spaces(name));
        assert!(text.contains(&format!("Hello{name},")), "{text}");
        let parsed = MessageParser::default().parse(&mail.content).unwrap();
        let html = without_spaces(&parsed.body_html(0).unwrap());
        assert!(!html.contains("<ahref=\"https://evil") && !html.contains("Hello49"), "{html}");
    }
    assert_eq!(office.sink.mails().len(), names.len());
}

#[tokio::test]
async fn names_that_are_headers_or_reverse_the_text_are_refused_and_the_next_mail_leaves() {
    let office = Office::open();
    for name in ["A\r\nBcc: eve@example.com", "A\nB", "A\u{2028}B", "A\u{202e}B", "A\u{2066}B"] {
        assert_eq!(sign_up(&office, "eve@example.com", name).await, 400, "{name:?}");
    }
    assert_eq!(sign_up(&office, ADA, "Ada").await, 200);
    office.wait_for(ADA, 1);
    assert_eq!(office.sink.mails().len(), 1);
}
