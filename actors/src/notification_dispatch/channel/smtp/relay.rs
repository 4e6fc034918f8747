//! The address of a mail relay, as one URL.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// RFC 6409 §3.1: message submission, for STARTTLS.
const SUBMISSION_PORT: u16 = 587;
/// RFC 8314 §3.3: submission over TLS from the first byte.
const SUBMISSIONS_PORT: u16 = 465;
const SMTP_PORT: u16 = 25;

/// Where mails go, how the way is protected, and who may use it.
#[derive(Clone)]
pub struct SmtpRelay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<Login>,
}

/// What protects the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after a greeting in the clear; without it, nothing more is said.
    StartTls,
    /// Nothing: this machine talks to itself.
    Loopback,
}

/// User name and password. It has no `Debug`.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: SecretString,
}

/// What is wrong with the URL. It does not quote it: a password may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelay {
    /// No URL of a relay.
    #[error(
        "must be smtps://USER:PASSWORD@HOST:PORT or smtp://…, with everything but letters and digits in USER and PASSWORD percent-encoded"
    )]
    Form,
    /// One of the two without the other.
    #[error("must hold both a user name and a password, or neither")]
    HalfALogin,
    /// Text after percent-decoding that SMTP cannot carry.
    #[error("has a user name or a password that is not UTF-8 text without control characters")]
    Login,
    /// Encryption turned off on a way that others may listen to.
    #[error("may use smtp+insecure only with 127.0.0.1, [::1] or localhost")]
    NotLoopback,
}

impl SmtpRelay {
    /// Parses a URL whose scheme says how the way is protected: `smtps` by TLS, `smtp` by STARTTLS,
    /// which is then required, `smtp+insecure` not at all, to a loopback host only.
    pub fn parse(text: &str) -> Result<Self, InvalidRelay> {
        let url = Url::parse(text).map_err(|_| InvalidRelay::Form)?;
        let (security, usual_port) = match url.scheme() {
            "smtps" => (Security::Tls, SUBMISSIONS_PORT),
            "smtp" => (Security::StartTls, SUBMISSION_PORT),
            "smtp+insecure" => (Security::Loopback, SMTP_PORT),
            _ => return Err(InvalidRelay::Form),
        };
        let has_more = !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some();
        let host = host(&url).filter(|_| !has_more).ok_or(InvalidRelay::Form)?;
        if security == Security::Loopback && !is_loopback(&host) {
            return Err(InvalidRelay::NotLoopback);
        }
        let port = url.port().unwrap_or(usual_port);
        Ok(Self { host, port, security, login: login(&url)? })
    }

    /// Whether nobody on the way can read what is sent.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.security != Security::Loopback
    }
}

/// Without the login.
impl fmt::Display for SmtpRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A name of letters, digits, dots and hyphens, or an IP address without brackets.
fn host(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_ascii_lowercase())
        }
        Host::Ipv4(ip) => Some(ip.to_string()),
        Host::Ipv6(ip) => Some(ip.to_string()),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn login(url: &Url) -> Result<Option<Login>, InvalidRelay> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None | Some("")) => Err(InvalidRelay::HalfALogin),
        (user, Some(password)) => {
            let (user, password) = (decode(user)?, decode(password)?.into());
            Ok(Some(Login { user, password }))
        }
    }
}

fn decode(text: &str) -> Result<String, InvalidRelay> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| InvalidRelay::Login)?;
    // NUL separates the two in AUTH PLAIN (RFC 4616).
    if text.contains(char::is_control) { Err(InvalidRelay::Login) } else { Ok(text.into_owned()) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn parse(text: &str) -> SmtpRelay {
        SmtpRelay::parse(text).unwrap()
    }

    #[test]
    fn the_scheme_says_how_the_way_is_protected_and_the_usual_port() {
        for (url, security, port) in [
            ("smtps://mail.example.org", Security::Tls, 465),
            ("smtp://mail.example.org", Security::StartTls, 587),
            ("smtp+insecure://localhost", Security::Loopback, 25),
            ("smtps://mail.example.org:1234/", Security::Tls, 1234),
        ] {
            let relay = parse(url);
            assert_eq!((relay.security, relay.port), (security, port), "{url}");
        }
        assert!(parse("smtp://h.example").is_encrypted() && parse("smtps://h").is_encrypted());
        assert!(!parse("smtp+insecure://127.0.0.1").is_encrypted());
    }

    #[test]
    fn user_and_password_are_percent_decoded() {
        let login = parse("smtps://no-reply%40example.org:p%3A%2F%40%23%C3%A4%25@h").login.unwrap();
        assert_eq!(login.user, "no-reply@example.org");
        assert_eq!(login.password.expose_secret(), "p:/@#ä%");
        assert!(parse("smtps://h").login.is_none());
    }

    #[test]
    fn unencrypted_ways_lead_to_this_machine_only() {
        for host in ["127.0.0.1:1025", "127.9.9.9", "[::1]:1025", "localhost", "LOCALHOST"] {
            assert!(!parse(&format!("smtp+insecure://{host}")).is_encrypted(), "{host}");
        }
        for host in ["mail.example.org", "10.0.0.1", "0.0.0.0", "localhost.example.org", "[::2]"] {
            let refusal = SmtpRelay::parse(&format!("smtp+insecure://{host}")).err();
            assert_eq!(refusal, Some(InvalidRelay::NotLoopback), "{host}");
        }
    }

    #[test]
    fn what_is_no_relay_is_refused_without_quoting_it() {
        for (url, refusal) in [
            ("", InvalidRelay::Form),
            ("mail.example.org:587", InvalidRelay::Form),
            ("http://hunter2@h", InvalidRelay::Form),
            ("smtp:h", InvalidRelay::Form),
            ("smtps://", InvalidRelay::Form),
            ("smtps://u:hunter2@", InvalidRelay::Form),
            ("smtps://h/path", InvalidRelay::Form),
            ("smtps://h?tls=required", InvalidRelay::Form),
            ("smtps://h#x", InvalidRelay::Form),
            ("smtps://h:99999", InvalidRelay::Form),
            ("smtps://u:hunter2/x@h", InvalidRelay::Form),
            ("smtps://h%0d%0a.example", InvalidRelay::Form),
            ("smtps://hunter2@h", InvalidRelay::HalfALogin),
            ("smtps://:hunter2@h", InvalidRelay::HalfALogin),
            ("smtps://u:@h", InvalidRelay::HalfALogin),
            ("smtps://u:hunter2%00@h", InvalidRelay::Login),
            ("smtps://u:hunter2%ff@h", InvalidRelay::Login),
            ("smtps://u%0d%0aRSET:hunter2@h", InvalidRelay::Login),
        ] {
            let error = SmtpRelay::parse(url).err();
            assert_eq!(error, Some(refusal), "{url}");
            assert!(!error.unwrap().to_string().contains("hunter2"));
        }
    }

    #[test]
    fn it_is_shown_without_its_login() {
        assert_eq!(
            parse("smtps://user:hunter2@mail.example.org").to_string(),
            "mail.example.org:465"
        );
    }
}
