//! What must hold of every input that anybody may send. The fuzz targets in `fuzz/` and the property
//! tests below try it. Not part of the server: compiled for those only.

use actors::domain::EmailAddress;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::extract::JsonObject;
use crate::problem::Problem;

const KNOWN: &[&str] = &["email", "otp"];

/// A body is read as `serde_json` reads it, or refused.
///
/// # Panics
///
/// Where that does not hold.
pub fn json_object(bytes: &[u8]) {
    let reference = serde_json::from_slice::<Value>(bytes).ok();
    match (JsonObject::parse(bytes, KNOWN), reference) {
        (Ok(mut object), reference) => {
            assert!(reference.as_ref().is_none_or(Value::is_object), "an object");
            let member = |name| reference.as_ref().and_then(|object| object.get(name));
            if let (Ok(text), Some(other)) = (object.text("email"), member("email")) {
                assert_eq!(other.as_str(), Some(text.expose_secret()));
            }
            if let (Ok(Some(text)), Some(other)) = (object.text_or_integer("otp", 1), member("otp"))
            {
                let number = other.as_u64().map(|number| number.to_string());
                assert_eq!(number.as_deref().or(other.as_str()), Some(text.expose_secret()));
            }
        }
        (Err(problem), Some(Value::Object(_))) => {
            let is_repeated =
                matches!(problem, Problem::DuplicateField | Problem::InvalidField { .. });
            assert!(is_repeated, "only names given twice are refused");
        }
        (Err(_), _) => {}
    }
}

/// An address that is accepted has one canonical form, and can be written into a mail's header.
///
/// # Panics
///
/// Where that does not hold.
pub fn email(text: &str) {
    let Ok(email) = EmailAddress::parse(text) else { return };
    let canonical = email.canonical();
    assert!(canonical.len() <= 254 && canonical.bytes().filter(|byte| *byte == b'@').count() == 1);
    for form in [canonical, email.deliverable()] {
        assert!(form.bytes().all(|byte| byte.is_ascii_graphic()), "one word of visible ASCII");
        assert!(!form.contains(['"', '(', ')', '<', '>', ',', ';', ':', '\\', '[', ']', '%']));
        let again = EmailAddress::parse(form).map(|again| again.canonical().to_owned());
        assert_eq!(again.as_deref(), Ok(canonical), "the same account");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Text that is nearly an object with the members that matter.
    fn nearly_an_object() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"email\"",
            "\"otp\"",
            "\"\\u0065mail\"",
            "\"role\"",
            "\"a\"",
            "\"\\ud800\"",
            "1",
            "007",
            "-1",
            "1e999",
            "18446744073709551616",
            "null",
            "true",
            " ",
            "\u{feff}",
            "\0",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn nearly_an_address() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "B",
            "0",
            ".",
            "-",
            "+",
            "_",
            "@",
            "xn--",
            "ü",
            "ß",
            "。",
            "İ",
            "\u{200d}",
            "example",
            "com",
            "\"",
            "%",
            "\r\n",
            " ",
            "127.0.0.1",
            "[",
            "]",
            "(",
            ")",
            "A\u{30a}",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_body_is_read_as_serde_json_reads_it_or_refused(text in nearly_an_object()) {
            super::json_object(text.as_bytes());
        }

        #[test]
        fn any_bytes_are_read_as_serde_json_reads_them_or_refused(bytes: Vec<u8>) {
            super::json_object(&bytes);
        }

        #[test]
        fn what_is_nearly_an_address_is_one_or_refused(text in nearly_an_address()) {
            super::email(&text);
        }

        #[test]
        fn any_text_is_an_address_or_refused(text: String) {
            super::email(&text);
        }
    }
}
