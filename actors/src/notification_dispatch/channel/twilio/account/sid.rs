//! Twilio's identifiers: two letters for the kind, 32 hexadecimal digits.

use serde::{Deserialize, Serialize};

/// The text is no account SID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"AC\" and 32 hexadecimal digits")]
pub struct InvalidAccountSid;

/// The text is no messaging service SID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"MG\" and 32 hexadecimal digits")]
pub struct InvalidMessagingServiceSid;

/// Names a Twilio account. Fit for the path of an address as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountSid(String);

/// Names a messaging service: a pool of senders that Twilio chooses from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessagingServiceSid(String);

impl AccountSid {
    /// As Twilio writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MessagingServiceSid {
    /// As Twilio writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountSid {
    type Error = InvalidAccountSid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_sid("AC", &text) { Ok(Self(text)) } else { Err(InvalidAccountSid) }
    }
}

impl TryFrom<String> for MessagingServiceSid {
    type Error = InvalidMessagingServiceSid;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if is_sid("MG", &text) { Ok(Self(text)) } else { Err(InvalidMessagingServiceSid) }
    }
}

impl From<AccountSid> for String {
    fn from(sid: AccountSid) -> Self {
        sid.0
    }
}

impl From<MessagingServiceSid> for String {
    fn from(sid: MessagingServiceSid) -> Self {
        sid.0
    }
}

fn is_sid(kind: &str, text: &str) -> bool {
    let digits = text.strip_prefix(kind);
    digits.is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "0123456789abcdef0123456789ABCDEF";

    #[test]
    fn a_sid_is_its_kind_and_32_hexadecimal_digits() {
        assert!(AccountSid::try_from(format!("AC{DIGITS}")).is_ok());
        assert!(MessagingServiceSid::try_from(format!("MG{DIGITS}")).is_ok());
        for text in [
            String::new(),
            "AC".to_owned(),
            format!("MG{DIGITS}"),
            format!("ac{DIGITS}"),
            format!("AC{DIGITS}0"),
            format!("AC{}/", &DIGITS[1..]),
            format!("AC{}é", &DIGITS[2..]),
            format!(" AC{DIGITS}"),
        ] {
            assert_eq!(AccountSid::try_from(text.clone()), Err(InvalidAccountSid), "{text}");
        }
        let account = MessagingServiceSid::try_from(format!("AC{DIGITS}"));
        assert_eq!(account, Err(InvalidMessagingServiceSid));
    }
}
