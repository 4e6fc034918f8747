//! `healthcheck`: asks a running server whether it is ready, for containers without a shell.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, bail};

/// Readiness is answered within 100 ms under any load (S-90).
const PATIENCE: Duration = Duration::from_secs(2);

/// `Ok` if `url` answers 200. One request over plain HTTP, as the health endpoints speak.
pub(super) fn ask(url: &str) -> anyhow::Result<()> {
    let rest = url.strip_prefix("http://").context("the address must start with http://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let address = authority
        .to_socket_addrs()
        .with_context(|| format!("{authority} must be host:port"))?
        .next()
        .with_context(|| format!("{authority} has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)
        .with_context(|| format!("nothing answers at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n")?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status).context("the server did not answer in time")?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => bail!("not ready: {}", status.trim_end()),
    }
}
