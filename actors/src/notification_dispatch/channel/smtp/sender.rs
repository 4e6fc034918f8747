//! Who writes the mails: an address, perhaps with a name.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::domain::{EmailAddress, PersonName};

/// `no-reply@example.org`, or `BioEntrust <no-reply@example.org>`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailSender {
    name: Option<String>,
    address: Address,
}

/// The text is no sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as no-reply@example.org, or NAME <ADDRESS>")]
pub struct InvalidSender;

impl FromStr for MailSender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        let (name, address) = match text.trim().strip_suffix('>') {
            Some(text) => {
                let (name, address) = text.rsplit_once('<').ok_or(InvalidSender)?;
                (Some(display_name(name)?), address)
            }
            None => (None, text.trim()),
        };
        let address = EmailAddress::parse(address).map_err(|_| InvalidSender)?;
        let address = address.deliverable().parse().map_err(|_| InvalidSender)?;
        Ok(Self { name, address })
    }
}

/// The rules of people's names: no line break, which lettre would panic at, and nothing that
/// disguises another address.
fn display_name(text: &str) -> Result<String, InvalidSender> {
    let text = text.trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let name = PersonName::parse(quoted.unwrap_or(text)).map_err(|_| InvalidSender)?;
    let name = name.as_str();
    if name.contains(['"', '<', '>', '\\', '@']) { Err(InvalidSender) } else { Ok(name.to_owned()) }
}

impl MailSender {
    pub(super) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address.clone())
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }
}

impl TryFrom<String> for MailSender {
    type Error = InvalidSender;

    fn try_from(text: String) -> Result<Self, InvalidSender> {
        text.parse()
    }
}

impl From<MailSender> for String {
    fn from(sender: MailSender) -> Self {
        sender.to_string()
    }
}

impl fmt::Display for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, shown) in [
            ("no-reply@example.org", "no-reply@example.org"),
            (" BioEntrust <no-reply@example.org> ", "BioEntrust <no-reply@example.org>"),
            ("\"Bio, Entrust.\" <a@example.org>", "Bio, Entrust. <a@example.org>"),
            ("Größe<a@example.org>", "Größe <a@example.org>"),
        ] {
            let sender: MailSender = text.parse().unwrap();
            assert_eq!(sender.to_string(), shown);
            assert_eq!(shown.parse(), Ok(sender));
        }
    }

    #[test]
    fn what_could_break_a_header_or_disguise_a_sender_is_refused() {
        for text in [
            "",
            "nobody",
            "<a@example.org>",
            "\"\" <a@example.org>",
            "A\r\nBcc: eve@example.org <a@example.org>",
            "A <a@example.org\r\nBcc: eve@example.org>",
            "A \u{202e}<a@example.org>",
            "bank@example.com <a@example.org>",
            "A <b@example.org> <a@example.org>",
            "A <a@example.org> b",
            "\"A\" b\" <a@example.org>",
            "A <a@example.org, b@example.org>",
        ] {
            assert_eq!(text.parse::<MailSender>(), Err(InvalidSender), "{text:?}");
        }
    }
}
