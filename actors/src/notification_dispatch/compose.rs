//! The words: what each notice says, and to whom.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Medium, Notice};
use crate::domain::{EmailAddress, OtpCode, PersonName};

/// A message ready to travel. It has no `Debug`, and its text is wiped on drop.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Message {
    /// How it travels.
    #[zeroize(skip)]
    pub(crate) medium: Medium,
    /// The stored address or number (S-51).
    pub(crate) to: String,
    /// Subject line; none for SMS.
    pub(crate) subject: Option<String>,
    /// Plain text; lines end in `\n`.
    pub(crate) text: String,
    /// HTML alternative, if any.
    pub(crate) html: Option<String>,
    /// The one-time code in the text, if any.
    #[zeroize(skip)]
    pub(crate) code: Option<OtpCode>,
    /// The link in the text, if any.
    #[zeroize(skip)]
    pub(crate) link: Option<SecretString>,
}

/// Writes the message of `notice`.
pub(super) fn compose(notice: &Notice) -> Message {
    match notice {
        Notice::SignUpCode { to, first_name, code, valid_minutes } => {
            let mut body = format!(
                "Your code to confirm your e-mail address is\n\n    {}\n\n\
                 It is valid for {}. Please do not share it with anyone.\n\n\
                 If you did not sign up for BioEntrust, you can ignore this message.",
                code.expose(),
                minutes(*valid_minutes),
            );
            let mut message = mail(to, first_name, "Your BioEntrust code", &body);
            body.zeroize();
            message.code = Some(code.clone());
            message
        }
        Notice::AlreadyRegistered { to, first_name } => mail(
            to,
            first_name,
            "You already have a BioEntrust account",
            "Somebody, perhaps you, tried to sign up for BioEntrust with this e-mail address. \
             You already have an account, so nothing was changed.\n\n\
             If it was you, please sign in instead. If you no longer know your password, you \
             can ask for a new one.\n\n\
             If it was not you, you can ignore this message.",
        ),
        Notice::PasswordResetLink { to, first_name, link, valid_minutes } => {
            let mut body = format!(
                "You can choose a new BioEntrust password here:\n\n{}\n\n\
                 The link is valid for {} and works once.\n\n\
                 If you did not ask for it, you can ignore this message. Your password stays \
                 as it is.",
                link.expose_secret(),
                minutes(*valid_minutes),
            );
            let mut message = mail(to, first_name, "Choose a new BioEntrust password", &body);
            body.zeroize();
            message.link = Some(link.clone());
            message
        }
        Notice::PasswordChanged { to, first_name } => mail(
            to,
            first_name,
            "Your BioEntrust password was changed",
            "Your BioEntrust password was changed, and you were signed out on all devices. \
             Please sign in with the new password.\n\n\
             If it was not you, please ask for a new password at once.",
        ),
        Notice::PhoneCode { to, code, valid_minutes } => Message {
            medium: Medium::Sms,
            to: to.e164().to_owned(),
            subject: None,
            text: format!(
                "{} is your BioEntrust code. It is valid for {}. Please do not share it.",
                code.expose(),
                minutes(*valid_minutes),
            ),
            html: None,
            code: Some(code.clone()),
            link: None,
        },
    }
}

/// The notice's name, for logs.
pub(super) fn kind(notice: &Notice) -> &'static str {
    match notice {
        Notice::SignUpCode { .. } => "sign_up_code",
        Notice::AlreadyRegistered { .. } => "already_registered",
        Notice::PasswordResetLink { .. } => "password_reset_link",
        Notice::PasswordChanged { .. } => "password_changed",
        Notice::PhoneCode { .. } => "phone_code",
    }
}

/// How long the notice is of any use; `None` for news that keep.
pub(super) fn validity(notice: &Notice) -> Option<Duration> {
    match notice {
        Notice::SignUpCode { valid_minutes, .. }
        | Notice::PasswordResetLink { valid_minutes, .. }
        | Notice::PhoneCode { valid_minutes, .. } => {
            Some(Duration::from_secs(valid_minutes.saturating_mul(60)))
        }
        Notice::AlreadyRegistered { .. } | Notice::PasswordChanged { .. } => None,
    }
}

fn mail(to: &EmailAddress, first_name: &PersonName, subject: &str, body: &str) -> Message {
    Message {
        medium: Medium::Email,
        to: to.deliverable().to_owned(),
        subject: Some(subject.to_owned()),
        text: format!("Hello {},\n\n{body}\n\nBioEntrust\n", first_name.as_str()),
        html: None,
        code: None,
        link: None,
    }
}

fn minutes(number: u64) -> String {
    if number == 1 { "1 minute".to_owned() } else { format!("{number} minutes") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PhoneNumber;

    const CODE: &str = "042137";
    const LINK: &str = "https://auth.example/reset?token=abc.def.ghi";

    fn to() -> EmailAddress {
        EmailAddress::parse("Ada.L@Example.com").unwrap()
    }

    fn first_name() -> PersonName {
        PersonName::parse("Ada").unwrap()
    }

    fn code() -> OtpCode {
        OtpCode::parse(CODE).unwrap()
    }

    fn phone_code(valid_minutes: u64) -> Notice {
        let to = PhoneNumber::parse("+234 801 234 5678").unwrap();
        Notice::PhoneCode { to, code: code(), valid_minutes }
    }

    fn mails() -> [Notice; 4] {
        let (to, first_name) = (to(), first_name());
        [
            Notice::SignUpCode {
                to: to.clone(),
                first_name: first_name.clone(),
                code: code(),
                valid_minutes: 10,
            },
            Notice::AlreadyRegistered { to: to.clone(), first_name: first_name.clone() },
            Notice::PasswordResetLink {
                to: to.clone(),
                first_name: first_name.clone(),
                link: SecretString::from(LINK),
                valid_minutes: 15,
            },
            Notice::PasswordChanged { to, first_name },
        ]
    }

    #[test]
    fn every_mail_greets_by_name_and_says_who_writes() {
        for notice in mails() {
            let message = compose(&notice);
            let subject = message.subject.as_deref().unwrap();
            assert_eq!((message.medium, message.to.as_str()), (Medium::Email, "Ada.L@example.com"));
            assert!(message.text.starts_with("Hello Ada,\n\n"), "{subject}");
            assert!(message.text.ends_with("\n\nBioEntrust\n") && subject.contains("BioEntrust"));
            assert!(message.html.is_none());
        }
    }

    #[test]
    fn a_sign_up_mail_holds_the_code_once_and_its_subject_not_at_all() {
        let [notice, ..] = mails();
        let message = compose(&notice);
        assert_eq!(message.text.matches(CODE).count(), 1);
        assert!(!message.subject.as_deref().unwrap().contains(CODE));
        assert!(message.text.contains("valid for 10 minutes"));
        assert_eq!(message.code.as_ref().map(OtpCode::expose), Some(CODE));
        assert!(message.link.is_none());
    }

    #[test]
    fn a_reset_mail_holds_the_link_once_on_a_line_of_its_own() {
        let [_, _, notice, _] = mails();
        let message = compose(&notice);
        assert_eq!(message.text.lines().filter(|line| *line == LINK).count(), 1);
        assert_eq!(message.text.matches(LINK).count(), 1);
        assert!(message.text.contains("valid for 15 minutes"));
        assert_eq!(message.link.as_ref().map(ExposeSecret::expose_secret), Some(LINK));
        assert!(message.code.is_none());
    }

    #[test]
    fn news_say_what_happened_and_hold_no_secret() {
        let [_, registered, _, changed] = mails();
        for (notice, news) in
            [(registered, "already have an account"), (changed, "password was changed")]
        {
            let message = compose(&notice);
            assert!(message.text.contains(news), "{news}");
            assert!(message.code.is_none() && message.link.is_none());
            assert_eq!(validity(&notice), None);
        }
    }

    #[test]
    fn an_sms_fits_into_160_gsm_characters_and_holds_the_code_once() {
        for valid_minutes in [1, 5, u64::MAX] {
            let message = compose(&phone_code(valid_minutes));
            assert_eq!((message.medium, message.to.as_str()), (Medium::Sms, "+2348012345678"));
            assert!(message.subject.is_none());
            assert_eq!(message.text.matches(CODE).count(), 1);
            assert!(message.text.len() <= 160);
            // This part of ASCII is one septet each in the default alphabet of GSM 03.38.
            assert!(message.text.chars().all(|c| c.is_ascii_alphanumeric() || " .".contains(c)));
        }
        assert!(compose(&phone_code(1)).text.contains("valid for 1 minute."));
    }

    #[test]
    fn codes_and_links_are_valid_as_long_as_they_say() {
        assert_eq!(validity(&phone_code(5)), Some(Duration::from_mins(5)));
        let [code, _, link, _] = mails();
        assert_eq!(validity(&code), Some(Duration::from_mins(10)));
        assert_eq!(validity(&link), Some(Duration::from_mins(15)));
    }
}
