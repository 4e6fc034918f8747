//! One kept connection, as bare as possible: client and server share the cores.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection to the server.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
}

impl Connection {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("no delay");
        Self { stream: BufReader::new(stream), line: String::new() }
    }

    /// Posts JSON; the body of a success.
    pub async fn post(&mut self, path: &str, body: &Value) -> Vec<u8> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).await.expect("the server reads");
        assert!(self.next_line().await.starts_with("HTTP/1.1 200 "), "not a success");
        let mut length = 0;
        loop {
            let line = self.next_line().await;
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.expect("a whole body");
        body
    }

    /// Of the head.
    async fn next_line(&mut self) -> &str {
        self.line.clear();
        self.stream.read_line(&mut self.line).await.expect("a line");
        self.line.trim_end()
    }
}
