//! One kept connection, as bare as possible: what a client library does would be measured too.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// Different in every answer, and of the moment rather than of the account.
const OF_THE_MOMENT: [&str; 3] = ["date", "x-request-id", "retry-after"];

/// A connection to the server.
pub struct Connection {
    stream: BufReader<TcpStream>,
    address: String,
}

/// An answer and the time it took.
pub struct Timed {
    pub took: Duration,
    /// Everything that came back, less what is of the moment.
    pub shape: String,
    pub body: Value,
    /// `Retry-After`, in seconds.
    pub retry_after: u64,
}

impl Connection {
    pub fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("no delay");
        Self { stream: BufReader::new(stream), address: address.to_owned() }
    }

    /// Sends `body` and reads the answer to its last byte.
    pub fn post(&mut self, path: &str, body: &Value) -> Timed {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let request = [head.as_bytes(), body.as_bytes()].concat();
        let began = Instant::now();
        self.stream.get_mut().write_all(&request).expect("the server reads");
        let lines = self.head();
        let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|text| text.parse().ok()).unwrap_or(0)];
        self.stream.read_exact(&mut body).expect("a whole body");
        let took = began.elapsed();
        Self::timed(took, lines, &body)
    }

    /// The lines of the head, names in lower case.
    fn head(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a line");
            let line = line.trim_end();
            match line.split_once(": ") {
                _ if line.is_empty() => return lines,
                Some((name, value)) => lines.push(format!("{}: {value}", name.to_lowercase())),
                None => lines.push(line.to_owned()),
            }
        }
    }

    fn timed(took: Duration, mut lines: Vec<String>, body: &[u8]) -> Timed {
        let retry_after = lines.iter().find_map(|line| line.strip_prefix("retry-after: "));
        let retry_after = retry_after.and_then(|text| text.parse().ok()).unwrap_or(0);
        for line in &mut lines {
            if let Some((name, _)) = line.split_once(": ")
                && OF_THE_MOMENT.contains(&name)
            {
                *line = name.to_owned();
            }
        }
        lines[1..].sort();
        let body: Value = serde_json::from_slice(body).expect("JSON");
        let mut shown = body.clone();
        if let Some(id) = shown.get_mut("otp_request_id") {
            *id = Value::from("of this request");
        }
        lines.push(shown.to_string());
        Timed { took, shape: lines.join("\n"), body, retry_after }
    }
}
