//! E-mail addresses: one canonical form for identity, the original for delivery.

use std::fmt;
use std::str::FromStr;

use email_address::Options;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

/// RFC 5321 §4.5.3.1.3 less the angle brackets: the longest path that SMTP can carry.
const MAX_LENGTH: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_LENGTH: usize = 64;

/// The text is not an address this server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid e-mail address")]
pub struct InvalidEmail;

/// An address in canonical form, with the spelling its owner used.
///
/// Canonical: ASCII local part in lower case, domain as lower-case A-labels (S-66). Equality,
/// uniqueness, lookup and limits use the canonical form only; no dot or plus folding.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Spellings", into = "Spellings")]
pub struct EmailAddress {
    canonical: Box<str>,
    /// Only where it is another: a million pending sign-ups are held in memory.
    original: Option<Box<str>>,
}

/// An address as stored.
#[derive(Serialize, Deserialize)]
struct Spellings {
    canonical: Box<str>,
    original: Box<str>,
}

impl EmailAddress {
    /// Parses an addr-spec of at most 254 characters: no display name, quotes, comments,
    /// literals, controls or `%`, and a dot in the domain (S-65).
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        // Checked first: the work below is bounded by it.
        if text.len() > MAX_LENGTH {
            return Err(InvalidEmail);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        if !local.is_ascii() || local.len() > MAX_LOCAL_LENGTH || local.contains(['"', '%']) {
            return Err(InvalidEmail);
        }
        let domain = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify)
            .map_err(|_| InvalidEmail)?;
        let top_label = domain.rsplit('.').next().unwrap_or_default();
        if top_label.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidEmail); // an IPv4 address in disguise
        }
        let canonical = format!("{}@{domain}", local.to_ascii_lowercase());
        if canonical.len() > MAX_LENGTH {
            return Err(InvalidEmail);
        }
        let syntax =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        email_address::EmailAddress::parse_with_options(&canonical, syntax)
            .map_err(|_| InvalidEmail)?;
        let original = format!("{local}@{domain}").into_boxed_str();
        Ok(Spellings { canonical: canonical.into_boxed_str(), original }.into())
    }

    /// The form that identifies the account.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The form to send mail to: the owner's own spelling of the local part.
    #[must_use]
    pub fn deliverable(&self) -> &str {
        self.original.as_ref().unwrap_or(&self.canonical)
    }

    /// The first character and the domain: enough for an operator to recognise, not to write to.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.canonical.split_once('@').unwrap_or_default();
        format!("{}***@{domain}", local.chars().next().unwrap_or('*'))
    }
}

impl From<Spellings> for EmailAddress {
    fn from(Spellings { canonical, original }: Spellings) -> Self {
        let original = (original != canonical).then_some(original);
        Self { canonical, original }
    }
}

impl From<EmailAddress> for Spellings {
    fn from(EmailAddress { canonical, original }: EmailAddress) -> Self {
        Self { original: original.unwrap_or_else(|| canonical.clone()), canonical }
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for EmailAddress {}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        Self::parse(text)
    }
}

impl fmt::Debug for EmailAddress {
    /// Masked: addresses are personal data and must not reach a log whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// S-66.
    #[test]
    fn case_and_unicode_domains_have_one_canonical_form() {
        for (text, canonical, deliverable) in [
            ("Jo.Doe+tag@Example.COM", "jo.doe+tag@example.com", "Jo.Doe+tag@example.com"),
            ("jo@BÜCHER.example", "jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ] {
            let email = EmailAddress::parse(text).unwrap();
            assert_eq!((email.canonical(), email.deliverable()), (canonical, deliverable));
        }
    }

    /// The shape is that of stores in use.
    #[test]
    fn both_spellings_are_stored_and_come_back() {
        for (text, canonical) in
            [("Jo@Example.com", "jo@example.com"), ("jo@example.com", "jo@example.com")]
        {
            let email = EmailAddress::parse(text).unwrap();
            let stored = serde_json::to_value(&email).unwrap();
            let original = email.deliverable();
            assert_eq!(stored, serde_json::json!({"canonical": canonical, "original": original}));
            let read: EmailAddress = serde_json::from_value(stored).unwrap();
            assert_eq!((read.canonical(), read.deliverable()), (canonical, original));
        }
    }

    /// S-65.
    #[test]
    fn everything_but_a_plain_address_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long_total = format!("a@{}.example.com", "b.".repeat(125));
        let long_label = format!("a@{}.example", "b".repeat(64));
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@example.com",
            "a@b",
            "a@b.",
            "a@.b.example",
            "a b@example.com",
            "a@example.com ",
            " a@example.com",
            "a@@example.com",
            "a@b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "\"a b\"@example.com",
            "\"a\"@example.com",
            "a(c)@example.com",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "Jo <a@example.com>",
            "<a@example.com>",
            "a@example.com,b@example.com",
            "a%b@example.com",
            "é@example.com",
            "a\r\n@example.com",
            "a@exam\nple.com",
            "a\0@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "a@exa_mple.com",
            "a@-example.com",
            &long_local,
            &long_total,
            &long_label,
        ] {
            assert!(EmailAddress::parse(text).is_err(), "accepted {text:?}");
        }
    }

    #[test]
    fn s_65_the_longest_parts_that_mail_can_carry_are_accepted_and_one_more_is_not() {
        let address = |local: usize, label: usize, rest: usize| {
            let domain = format!("{}.{}.example", "b".repeat(label), "c".repeat(rest));
            format!("{}@{domain}", "a".repeat(local))
        };
        assert!(EmailAddress::parse(&address(64, 63, 63)).is_ok());
        assert!(EmailAddress::parse(&address(65, 63, 63)).is_err());
        assert!(EmailAddress::parse(&address(64, 64, 63)).is_err());
        let total = |length: usize| {
            let domain = format!("{0}.{0}.{1}.example", "b".repeat(63), "c".repeat(length - 201));
            format!("{}@{domain}", "a".repeat(64))
        };
        for (length, is_accepted) in [(254, true), (255, false)] {
            let text = total(length);
            assert_eq!(text.len(), length);
            assert_eq!(EmailAddress::parse(&text).is_ok(), is_accepted, "{length}");
        }
    }

    #[test]
    fn a_log_never_holds_the_whole_address() {
        let email = EmailAddress::parse("secret.person@example.com").unwrap();
        assert_eq!(format!("{email:?}"), "EmailAddress(s***@example.com)");
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own_canonical_form(text in "[A-Za-z0-9.+_-]{1,20}@[A-Za-z0-9ü.-]{1,30}") {
            if let Ok(email) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(email.canonical()).unwrap();
                prop_assert_eq!(again.canonical(), email.canonical());
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = EmailAddress::parse(&text);
        }
    }
}
