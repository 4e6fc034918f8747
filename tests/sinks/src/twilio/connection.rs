//! One connection, for as long as the client keeps it.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;
use rustls::{ServerConnection, StreamOwned};

use super::sink::Shared;
use super::{Reply, Request};
use crate::authority::Identity;

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Serves requests until the client leaves or a reply ends the connection.
pub(super) fn serve(
    shared: &Arc<Shared>,
    socket: TcpStream,
    identity: Option<&Identity>,
) -> io::Result<()> {
    let raw = socket.try_clone()?;
    let stream: Box<dyn Stream> = match identity {
        None => Box::new(socket),
        Some(identity) => {
            let session = ServerConnection::new(Arc::clone(&identity.0));
            Box::new(StreamOwned::new(session.map_err(io::Error::other)?, socket))
        }
    };
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream)? {
        match shared.take(request) {
            Reply::Http { status, header, body } => {
                answer(stream.get_mut(), status, header, &body, body.len())?;
            }
            Reply::CutOff { status } => {
                return answer(stream.get_mut(), status, None, "{\"sid\":", 1000);
            }
            // Until the client gives up.
            Reply::Silence => return stream.read(&mut [0]).map(drop),
            Reply::Reset => {
                return set_socket_linger(&raw, Some(Duration::ZERO)).map_err(Into::into);
            }
        }
    }
    Ok(())
}

fn answer(
    stream: &mut dyn Stream,
    status: u16,
    header: Option<(&str, String)>,
    body: &str,
    length: usize,
) -> io::Result<()> {
    let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{header}content-length: {length}\r\n\r\n{body}",
    )?;
    stream.flush()
}
