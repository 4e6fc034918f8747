//! Where Twilio's API is.

use std::net::IpAddr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// The text is no address that the account's token may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be https:// and a host, with a port if need be, and nothing else; http:// only where \
     the host is this machine, as the token would travel in clear"
)]
pub struct InvalidBaseUrl;

/// Scheme, host and port. `https`, or `http` to this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The address of `path`, which starts with a slash.
    pub(in super::super) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether requests stay on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|_| InvalidBaseUrl)?;
        let may_be_sent_to = match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(&url),
            _ => false,
        };
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if may_be_sent_to && is_bare { Ok(Self(url)) } else { Err(InvalidBaseUrl) }
    }
}

impl From<BaseUrl> for String {
    /// Without the slash at the end.
    fn from(url: BaseUrl) -> Self {
        url.0.as_str().trim_end_matches('/').to_owned()
    }
}

/// RFC 6761 keeps `localhost` on this machine.
fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, InvalidBaseUrl> {
        BaseUrl::try_from(text.to_owned()).map(String::from)
    }

    /// S-75.
    #[test]
    fn the_token_travels_encrypted_or_not_at_all() {
        for text in [
            "https://api.twilio.com",
            "https://api.dublin.ie1.twilio.com",
            "https://relay.example.org:8443",
            "http://127.0.0.1:8080",
            "http://127.1.2.3:8080",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            assert_eq!(parse(text).as_deref(), Ok(text));
        }
        assert_eq!(parse("https://api.twilio.com/").as_deref(), Ok("https://api.twilio.com"));
        for text in [
            "",
            "api.twilio.com",
            "http://api.twilio.com",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://[::2]",
            "ftp://127.0.0.1",
            "https://",
            "https://api.twilio.com/2010-04-01",
            "https://api.twilio.com?x",
            "https://api.twilio.com#x",
            "https://user@api.twilio.com",
            "https://:pass@api.twilio.com",
        ] {
            assert_eq!(parse(text), Err(InvalidBaseUrl), "{text}");
        }
    }

    #[test]
    fn a_path_replaces_nothing_but_the_path() {
        let base = BaseUrl::try_from("https://relay.example.org:8443".to_owned()).unwrap();
        assert_eq!(base.at("/a/b.json").as_str(), "https://relay.example.org:8443/a/b.json");
    }
}
