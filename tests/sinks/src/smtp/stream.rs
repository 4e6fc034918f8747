//! A connection's bytes: plain at first, over TLS later or from the start.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::{ServerConnection, StreamOwned};

use crate::authority::Identity;

pub(super) struct Lines {
    stream: Stream,
    unread: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Lines {
    pub(super) fn new(socket: TcpStream) -> Self {
        Self { stream: Stream::Plain(socket), unread: Vec::new() }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Shakes hands as `identity`.
    pub(super) fn encrypt(&mut self, identity: &Identity) -> io::Result<()> {
        let Stream::Plain(socket) = &mut self.stream else { return Ok(()) };
        let mut socket = socket.try_clone()?;
        let config = identity.0.clone();
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut socket)?;
        }
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, socket)));
        Ok(())
    }

    /// The next line, without its CRLF.
    pub(super) fn read(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).map_err(io::Error::other);
            }
            let mut chunk = [0; 4096];
            let count = self.stream.read(&mut chunk)?;
            let Some(bytes @ [_, ..]) = chunk.get(..count) else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            self.unread.extend_from_slice(bytes);
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
