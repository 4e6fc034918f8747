//! Stands in for an OpenTelemetry collector: takes what comes over HTTP, and keeps it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A collector on a free port.
pub struct Collector {
    endpoint: String,
    received: Arc<Mutex<Received>>,
}

/// All that came, in one piece each.
#[derive(Clone, Default)]
pub struct Received {
    /// Request lines and headers.
    pub heads: String,
    /// Bodies.
    pub spans: Vec<u8>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Received::default()));
        let shared = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { endpoint, received }
    }

    /// `telemetry.otlp_endpoint`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn received(&self) -> Received {
        self.received.lock().unwrap().clone()
    }
}

impl Received {
    pub fn has(&self, text: impl AsRef<[u8]>) -> bool {
        let text = text.as_ref();
        self.spans.windows(text.len()).any(|window| window == text)
    }
}

async fn serve(stream: TcpStream, received: Arc<Mutex<Received>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await.unwrap_or_default() == 0 {
                return;
            }
        }
        let lower = head.to_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|l| l.lines().next());
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await.unwrap();
        {
            let mut received = received.lock().unwrap();
            received.heads.push_str(&head);
            received.spans.extend(body);
        }
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n\
                      Content-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}
