//! Connections that are open and say nothing.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::load::{open_loop, p99};
use bench_support::report::Report;
use bench_support::server::{Server, block_on};

const NUMBERS: [usize; 5] = [1, 10, 100, 1_000, 10_000];
/// Opened at a time: the backlog of a listener is not endless.
const AT_ONCE: usize = 250;
/// Within the time for which an idle connection is kept.
const ROUND: Duration = Duration::from_secs(4);
const RATE: f64 = 200.0;

/// Memory of each, and what they do to somebody who asks.
pub fn measure(report: &mut Report) {
    for number in NUMBERS {
        let server = Server::ours(&[]);
        let (memory, slow) = block_on(beside(&server, number));
        report.row(&format!("{number} idle connections: home at 200/s, p99 in ms"), &[slow], 1, "");
        if number >= 1_000 {
            let each = memory * 1024.0 / number as f64;
            report.row(&format!("{number} idle connections: KiB of memory each"), &[each], 1, "");
        }
    }
}

/// MiB more than without them, and the p99 of home.
async fn beside(server: &Server, number: usize) -> (f64, f64) {
    let address = server.base.trim_start_matches("http://");
    let before = server.rss_mib();
    let mut open = Vec::with_capacity(number);
    while open.len() < number {
        let more = AT_ONCE.min(number - open.len());
        open.extend(join_all((0..more).map(|_| keep_alive(address))).await);
    }
    let memory = server.rss_mib() - before;
    let http = reqwest::Client::new();
    let one = |_| http.get(format!("{}/user/home", server.base));
    let answers = open_loop(RATE, ROUND, one).await;
    (memory, p99(&answers, 200))
}

/// A connection that was used once.
async fn keep_alive(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /user/home HTTP/1.1\r\nHost: bench\r\n\r\n";
    stream.write_all(request).await.expect("it takes a request");
    let mut answer = [0; 1024];
    let read = stream.read(&mut answer).await.expect("it answers");
    assert!(answer.starts_with(b"HTTP/1.1 200") && read > 0, "home is there");
    stream
}
