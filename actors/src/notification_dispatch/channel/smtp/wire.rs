//! Commands out, replies in.

use std::io::{self, Read, Write};

use lettre::transport::smtp::response::Response;
use tokio::time::Instant;

use super::failure::{Cause, Failure, Stage};
use super::socket::Socket;
use super::tls::TlsSocket;

/// More than any reply takes: EHLO lists some 20 extensions.
const LONGEST_REPLY: usize = 64 * 1024;

/// A connection that speaks in lines. Only its stage and deadline change from try to try.
pub(super) struct Wire {
    stream: Stream,
    /// Received, but not yet part of a reply.
    unread: Vec<u8>,
    pub(super) stage: Stage,
}

/// What protects the lines.
pub(super) enum Stream {
    Plain(Socket),
    Tls(Box<TlsSocket>),
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, unread: Vec::new(), stage: Stage::Greeting }
    }

    /// The stream, to be encrypted. `None` when the other side has already sent more: whoever
    /// wrote that wants it to be taken for encrypted (CVE-2011-0411).
    pub(super) fn into_stream(self) -> Option<Stream> {
        self.unread.is_empty().then_some(self.stream)
    }

    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        match &mut self.stream {
            Stream::Plain(socket) => socket.set_deadline(deadline),
            Stream::Tls(stream) => stream.sock.set_deadline(deadline),
        }
    }

    /// Sends a command, and takes its reply, which must be a yes.
    pub(super) fn ask(&mut self, command: &str) -> Result<Response, Failure> {
        self.send(command.as_bytes())?;
        self.reply()
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sent = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
        sent.map_err(|error| self.failed(Cause::Io(error)))
    }

    /// Takes the next reply; an error if it says no.
    pub(super) fn reply(&mut self) -> Result<Response, Failure> {
        let text = self.reply_text()?;
        let Ok(reply) = text.parse::<Response>() else {
            return Err(self.failed(Cause::Unusable("a reply that is not SMTP")));
        };
        if reply.is_positive() {
            return Ok(reply);
        }
        let words: Vec<_> = reply.message().collect();
        let (code, text) = (reply.code().into(), words.join(" "));
        Err(self.failed(Cause::Refused { code, text }))
    }

    pub(super) fn failed(&self, cause: Cause) -> Failure {
        Failure { stage: self.stage, cause }
    }

    /// The lines of one reply: in all but the last, a hyphen follows the code (RFC 5321 §4.2.1).
    fn reply_text(&mut self) -> Result<String, Failure> {
        let mut end = 0;
        loop {
            while let Some(length) = self.line_length(end) {
                let is_last = self.unread.get(end + 3) != Some(&b'-');
                end += length;
                if is_last {
                    let reply: Vec<u8> = self.unread.drain(..end).collect();
                    return Ok(String::from_utf8_lossy(&reply).into_owned());
                }
            }
            if self.unread.len() > LONGEST_REPLY {
                return Err(self.failed(Cause::Unusable("an endless reply")));
            }
            self.receive()?;
        }
    }

    /// The length of the line that starts at `start`, if its end has come.
    fn line_length(&self, start: usize) -> Option<usize> {
        let rest = self.unread.get(start..)?;
        rest.iter().position(|byte| *byte == b'\n').map(|position| position + 1)
    }

    fn receive(&mut self) -> Result<(), Failure> {
        let mut chunk = [0; 4096];
        let count = self.stream.read(&mut chunk).map_err(|error| self.failed(Cause::Io(error)))?;
        let Some(bytes @ [_, ..]) = chunk.get(..count) else {
            let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the connection was closed");
            return Err(self.failed(Cause::Io(error)));
        };
        self.unread.extend_from_slice(bytes);
        Ok(())
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
