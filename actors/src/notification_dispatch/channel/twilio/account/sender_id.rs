//! Whom a text message is from.

use serde::{Deserialize, Serialize};

/// The text is no sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a number like \"+15005550006\", a short code of 5 or 6 digits, or a name of at most \
     11 letters, digits and spaces with a letter among them"
)]
pub struct InvalidSenderId;

/// A number in E.164, a short code, or an alphanumeric sender.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SenderId(String);

impl SenderId {
    /// As it is given to Twilio.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SenderId {
    type Error = InvalidSenderId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let is_sender = is_e164(&text) || is_short_code(&text) || is_name(&text);
        if is_sender { Ok(Self(text)) } else { Err(InvalidSenderId) }
    }
}

impl From<SenderId> for String {
    fn from(sender: SenderId) -> Self {
        sender.0
    }
}

/// S-20. Not a `PhoneNumber`: Twilio's own test sender, +15005550006, is no valid number.
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && are_digits(digits) && !digits.starts_with('0')
    })
}

fn is_short_code(text: &str) -> bool {
    (5..=6).contains(&text.len()) && are_digits(text)
}

/// What GSM 03.40 carries as an alphanumeric address.
fn is_name(text: &str) -> bool {
    (1..=11).contains(&text.len())
        && text.trim() == text
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_number_a_short_code_or_a_name() {
        for text in
            ["+15005550006", "+1234567", "+123456789012345", "12345", "BioEntrust", "4 You", "A"]
        {
            assert!(SenderId::try_from(text.to_owned()).is_ok(), "{text}");
        }
        for text in [
            "",
            "+",
            "+123456",
            "+1234567890123456",
            "+0123456789",
            "+1500555000a",
            "15005550006",
            "1234",
            "1234567",
            "BioEntrust 24",
            " Bio",
            "Bio\n",
            "Bió",
            "a&To=+1",
        ] {
            assert_eq!(SenderId::try_from(text.to_owned()), Err(InvalidSenderId), "{text}");
        }
    }
}
