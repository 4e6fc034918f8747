//! Time from start to the first answer, and memory at rest.

use std::process::Child;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::PAIRS;
use bench_support::report::Report;
use bench_support::server::{Server, block_on, poll};

/// After the lanes have given their memory back.
const REST: Duration = Duration::from_secs(12);

pub fn measure(report: &mut Report) {
    let times: Vec<f64> = (0..PAIRS).map(|_| start_to_first_answer_ms()).collect();
    report.row("start to first answer, ms", &times, 0, "≤ 100");
    report.row("memory at rest after a sign-up, MiB", &[memory_at_rest()], 1, "≤ 20");
}

/// Resident MiB, a while after one sign-up.
fn memory_at_rest() -> f64 {
    let server = Server::ours(&[]);
    let _ = server.access_token();
    #[expect(clippy::disallowed_methods, reason = "memory at rest, after a rest")]
    std::thread::sleep(REST);
    server.rss_mib()
}

fn start_to_first_answer_ms() -> f64 {
    let folder = TempDir::new().expect("a folder");
    let port = folder.path().join("port");
    let started = Instant::now();
    let mut child: Child = Server::command(&folder).spawn().expect("our server");
    let address = poll(|| std::fs::read_to_string(&port).ok().filter(|text| !text.is_empty()));
    let answer = block_on(reqwest::get(format!("http://{address}/user/home")));
    let time = started.elapsed().as_secs_f64() * 1000.0;
    assert!(answer.is_ok_and(|answer| answer.status().is_success()));
    let _ = child.kill();
    let _ = child.wait();
    time
}
