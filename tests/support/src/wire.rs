//! Bytes as they are: for what no HTTP client would send.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Client;

/// Longer than a server that closes what it should close needs for it.
const PATIENCE: Duration = Duration::from_secs(45);

impl Client {
    /// A new connection to the first node.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.authority()).await.expect("the server accepts")
    }

    /// Sends `bytes` on a new connection; everything that is answered until the server closes it,
    /// which it must.
    pub async fn exchange(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        // The server may refuse, and close, before it has read everything.
        let _ = stream.write_all(bytes.as_ref()).await;
        read_to_close(&mut stream).await
    }
}

/// Everything that is answered until the server closes the connection, which it must.
pub async fn read_to_close(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let read = async {
        while let Ok(length @ 1..) = stream.read(&mut piece).await {
            answer.extend_from_slice(&piece[..length]);
        }
    };
    timeout(PATIENCE, read).await.expect("the server closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}
