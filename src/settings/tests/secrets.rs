//! Secrets: where they come from, and that they are never shown (S-84).

use secrecy::ExposeSecret;
use toml::Table;

use super::layers::leaf_keys;
use super::*;
use crate::settings::layers::DEFAULTS;

const SECRET: &str = "smtps://user:hunter2@mail.example.org";

/// Every secret: the keys that have a twin ending in `_file`.
fn secrets() -> Vec<String> {
    let keys = leaf_keys(&DEFAULTS.parse::<Table>().unwrap());
    let secrets = keys.iter().filter(|key| keys.contains(&format!("{key}_file")));
    secrets.cloned().collect()
}

fn read_from_file(content: &[u8]) -> Result<Settings, String> {
    let mut secret = NamedTempFile::new().unwrap();
    secret.write_all(content).unwrap();
    with_variables(&[("BIOENTRUST_EMAIL__SMTP_URL_FILE", secret.path().to_str().unwrap())])
}

fn smtp_url(settings: &Settings) -> Option<&str> {
    settings.email.smtp_url.get().map(ExposeSecret::expose_secret)
}

#[test]
fn a_secret_is_taken_from_the_settings_or_from_its_file() {
    let settings = with_variables(&[("BIOENTRUST_EMAIL__SMTP_URL", SECRET)]).unwrap();
    assert_eq!(smtp_url(&settings), Some(SECRET));
    assert_eq!(smtp_url(&read_from_file(SECRET.as_bytes()).unwrap()), Some(SECRET));
    assert_eq!(smtp_url(&with_variables(&[]).unwrap()), None);
}

#[test]
fn one_line_break_at_the_end_of_the_file_does_not_count() {
    for (content, secret) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a ")] {
        let settings = read_from_file(content.as_bytes()).unwrap();
        assert_eq!(smtp_url(&settings), Some(secret), "{content:?}");
    }
}

#[test]
fn a_file_without_a_secret_is_refused_and_not_quoted() {
    for (content, complaint) in [
        (&b""[..], " is empty"),
        (b"\n", " is empty"),
        (b"hunter2\xff", " is not UTF-8"),
        (&vec![b'x'; 65_537], " is larger than any secret"),
    ] {
        let error = read_from_file(content).unwrap_err();
        assert!(error.starts_with("email.smtp_url_file: /"), "{error}");
        assert!(error.ends_with(complaint) && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn every_secret_may_be_in_a_file_but_not_in_both() {
    assert!(secrets().contains(&"email.smtp_url".to_owned()));
    for key in secrets() {
        let missing = with_file(&format!("{key}_file = '/nowhere/secret'")).unwrap_err();
        assert!(missing.starts_with(&format!("{key}_file: /nowhere/secret cannot be read: ")));

        let twins = with_file(&format!("{key} = 'hunter2'\n{key}_file = '/nowhere/secret'"));
        let expected = format!("{key}_file: must not be given together with {key}");
        assert_eq!(twins.unwrap_err(), expected);
    }
}

#[test]
fn no_secret_is_shown() {
    for key in secrets() {
        let settings = with_file(&format!("{key} = 'hunter2'")).unwrap();
        let shown = settings.redacted().unwrap();
        assert_eq!(shown.matches("= \"***\"").count(), 1, "{key}: {shown}");
        assert!(!format!("{shown}{settings:?}").contains("hunter2"), "{key}");
    }
    let shown = read_from_file(b"hunter2").unwrap().redacted().unwrap();
    assert!(shown.contains("smtp_url = \"\"\nsmtp_url_file = \"/"), "{shown}");
    assert!(!with_variables(&[]).unwrap().redacted().unwrap().contains("***"));
}
