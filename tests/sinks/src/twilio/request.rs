//! A request as the stand-in got it.

use std::io::{self, BufRead, Read};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// One request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    headers: Vec<(String, String)>,
    form: Vec<(String, String)>,
}

impl Request {
    /// Reads the next request, or nothing when the client has left.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = line(from)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = Vec::new();
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method, path, headers, form: Vec::new() };
        let length = request.header("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        from.read_exact(&mut body)?;
        request.form = decode_form(&String::from_utf8_lossy(&body));
        Ok(Some(request))
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// A field of the form.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// The names of the form's fields, as they came.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        self.form.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// User and password, `user:password`, if the request has Basic authentication.
    #[must_use]
    pub fn credentials(&self) -> Option<String> {
        let base64 = self.header("authorization")?.strip_prefix("Basic ")?;
        String::from_utf8(BASE64_STANDARD.decode(base64).ok()?).ok()
    }

    /// The six digits in the text of the message.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let text = self.field("Body")?;
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        numbers.find(|number| number.len() == 6).map(str::to_owned)
    }
}

fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.take(16 * 1024).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn decode_form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap_or(b'0'), bytes.next().unwrap_or(b'0')];
                let digits = String::from_utf8_lossy(&digits);
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_with_its_form_and_its_credentials() {
        let text = "POST /a.json HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\
                    content-length: 27\r\n\r\nTo=%2B1&Body=042137+is+%26x";
        let request = Request::read(&mut text.as_bytes()).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/a.json"));
        assert_eq!(request.fields(), ["To", "Body"]);
        assert_eq!(
            (request.field("To"), request.field("Body")),
            (Some("+1"), Some("042137 is &x"))
        );
        assert_eq!(request.credentials().as_deref(), Some("user:pass"));
        assert_eq!(request.code().as_deref(), Some("042137"));
        assert!(Request::read(&mut "".as_bytes()).unwrap().is_none());
    }
}
