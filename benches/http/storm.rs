//! What a storm of sign-ins does to those who are signed in already.

use std::thread;
use std::time::Duration;

use crate::load::{Answered, open_loop, p99, sign_in};
use bench_support::report::Report;
use bench_support::server::{Server, block_on};

const ACCOUNTS: u32 = 5_000;
const PAIRS: usize = 5;
/// Three thousand protected requests: one late wake-up is not the p99.
const ROUND: Duration = Duration::from_secs(15);
/// A second: what two lanes take is about a hundred.
const STORM: f64 = 1_000.0;
/// A second.
const PROTECTED: f64 = 200.0;
/// What the lanes may hold beyond the rest, in MiB: two of 19, and 32 for connections.
const ALLOWED: &str = "≤ 2 × 19 + 32";

/// With and without a storm, alternately.
pub fn measure(report: &mut Report) {
    let server = Server::seeded(ACCOUNTS, &[]);
    let token = server.access_token();
    let (mut idle, mut stormy, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
    let (mut refused, mut memory) = (Vec::new(), Vec::new());
    let rest = server.rss_mib();
    for _ in 0..PAIRS {
        let before = p99(&protected(&server.base, &token), 200);
        let (during, storm) = thread::scope(|scope| {
            let storm = scope.spawn(|| sign_ins(&server.base));
            (p99(&protected(&server.base, &token), 200), storm.join().expect("the storm ends"))
        });
        idle.push(before);
        stormy.push(during);
        ratio.push(during / before);
        refused.push(p99(&storm, 503));
        memory.push(server.rss_mib() - rest);
    }
    report.row("protected at 200/s, p99 in ms", &idle, 1, "");
    report.row("the same beside 1000 sign-ins/s, p99 in ms", &stormy, 1, "");
    report.row("the latter / the former", &ratio, 2, "≤ 2.5");
    report.row("p99 of the sign-ins refused with 503, ms", &refused, 0, "< 50");
    report.row("memory during the storm, MiB more than before", &memory, 1, ALLOWED);
}

fn protected(base: &str, token: &str) -> Vec<Answered> {
    let http = reqwest::Client::new();
    let one = |_| http.get(format!("{base}/user/protected")).bearer_auth(token);
    block_on(open_loop(PROTECTED, ROUND, one))
}

fn sign_ins(base: &str) -> Vec<Answered> {
    let http = reqwest::Client::new();
    block_on(open_loop(STORM, ROUND, |number| sign_in(&http, base, number % ACCOUNTS)))
}
