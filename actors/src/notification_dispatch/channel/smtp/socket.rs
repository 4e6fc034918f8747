//! A TCP connection on which no operation outlasts the deadline of the try it belongs to.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use tokio::time::Instant;

/// A socket that is of no use after its deadline.
pub(super) struct Socket {
    stream: TcpStream,
    deadline: Instant,
}

impl Socket {
    /// Looks up `host` and connects to the first of its addresses that answers.
    pub(super) fn connect(host: &str, port: u16, deadline: Instant) -> io::Result<Self> {
        // The one step that cannot be cut short: the resolver has time-outs of its own.
        let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
        let mut error = io::Error::new(io::ErrorKind::NotFound, "the relay's name has no address");
        for (tried, address) in addresses.iter().enumerate() {
            // Each gets its share: a silent first address leaves time for the others.
            let share = left(deadline)? / u32::try_from(addresses.len() - tried).unwrap_or(1);
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(stream) => {
                    // Commands are small and wait for an answer each.
                    stream.set_nodelay(true)?;
                    return Ok(Self { stream, deadline });
                }
                Err(cause) => error = cause,
            }
        }
        Err(error)
    }

    /// From now on, another try uses it.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }
}

/// The time until `deadline`; an error when there is none.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Linux calls an expired socket time-out `WouldBlock`.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::ErrorKind::TimedOut.into(),
        _ => error,
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer).map_err(timed_out)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
