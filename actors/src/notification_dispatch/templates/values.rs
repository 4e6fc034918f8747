//! What a template may say about a notice.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::super::Notice;
use crate::domain::{PersonName, PhoneNumber, Timestamp};

/// Variables by name.
pub(super) type Values = Vec<(&'static str, Value)>;

/// A code or link: the engine passes it on without making copies that nobody wipes.
#[derive(Debug)]
pub(super) struct Secret(pub(super) SecretString);

impl Object for Secret {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expose_secret())
    }
}

/// The variables of `notice`. A template that uses another is faulty.
pub(super) fn of(notice: &Notice, product_name: &str) -> Values {
    let mut values = vec![("product_name", Value::from(plain(product_name)))];
    match notice {
        Notice::SignUpCode { first_name, code, valid_minutes, .. } => values.extend([
            ("first_name", name(first_name)),
            ("code", secret(code.expose())),
            ("valid_minutes", Value::from(*valid_minutes)),
        ]),
        Notice::AlreadyRegistered { first_name, .. }
        | Notice::PasswordChanged { first_name, .. } => {
            values.push(("first_name", name(first_name)));
        }
        Notice::PasswordResetLink { first_name, link, valid_minutes, .. } => values.extend([
            ("first_name", name(first_name)),
            ("link", secret(link.expose_secret())),
            ("valid_minutes", Value::from(*valid_minutes)),
        ]),
        Notice::PhoneCode { code, valid_minutes, .. } => values.extend([
            ("code", secret(code.expose())),
            ("valid_minutes", Value::from(*valid_minutes)),
        ]),
        Notice::PhoneVerified { first_name, number, at, .. } => values.extend([
            ("first_name", name(first_name)),
            ("phone_ending", Value::from(ending(number))),
            ("at", Value::from(minute(*at))),
        ]),
        Notice::RefreshReuse { first_name, at, .. } => {
            values.extend([("first_name", name(first_name)), ("at", Value::from(minute(*at)))]);
        }
        Notice::SignInAfterFailures { first_name, failures, at, .. } => values.extend([
            ("first_name", name(first_name)),
            ("failures", Value::from(*failures)),
            ("at", Value::from(minute(*at))),
        ]),
    }
    values
}

fn secret(text: &str) -> Value {
    Value::from_object(Secret(SecretString::from(text)))
}

fn name(name: &PersonName) -> Value {
    Value::from(unlinked(&plain(name.as_str())))
}

/// Without the characters that break lines, control terminals or turn the text around them.
fn plain(text: &str) -> String {
    let harmful =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !harmful(*c)).collect()
}

/// With a space where mail programs would see a web address: a stranger who signs up with
/// somebody else's address must not get a link of their choice into our mail by way of the name.
fn unlinked(text: &str) -> String {
    // The full stops that host names may have: UTS #46 §2.3.
    let dot = |c: char| matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
    let mut unlinked = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        unlinked.push(c);
        let next = characters.peek().copied().unwrap_or(' ');
        if (dot(c) && next.is_alphanumeric()) || (c == ':' && next == '/') {
            unlinked.push(' ');
        }
    }
    unlinked
}

/// The last four digits: enough to recognise one's own number by.
fn ending(number: &PhoneNumber) -> &str {
    let digits = number.e164();
    digits.get(digits.len().saturating_sub(4)..).unwrap_or_default()
}

/// `2022-01-16 14:40 UTC`: read alike in every language.
fn minute(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000);
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, _) = at.to_hms();
    format!("{} {hour:02}:{minute:02} UTC", at.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_become_a_link_and_stays_readable() {
        for (name, shown) in [
            ("J.R. Smith", "J. R. Smith"),
            ("Ada", "Ada"),
            ("Dr. Who", "Dr. Who"),
            ("www.evil.example", "www. evil. example"),
            ("https://evil.example/x", "https: //evil. example/x"),
            ("evil。example", "evil。 example"),
            ("10.0.0.1", "10. 0. 0. 1"),
        ] {
            assert_eq!(unlinked(name), shown);
        }
    }

    #[test]
    fn controls_and_direction_changes_do_not_reach_a_message() {
        assert_eq!(plain("a\r\nBcc: b\u{1b}[31m\u{202e}c\u{2067}d\u{2028}e\0"), "aBcc: b[31mcde");
    }

    #[test]
    fn a_moment_is_told_to_the_minute() {
        assert_eq!(minute(Timestamp::from_secs(1_642_344_000)), "2022-01-16 14:40 UTC");
    }

    #[test]
    fn a_number_is_told_by_its_end() {
        assert_eq!(ending(&PhoneNumber::parse("+2348012345678").unwrap()), "5678");
    }
}
