//! The side-by-side HTTP benchmark: `cargo bench --bench http`.
//!
//! Two shared cores make absolute figures drift by 2×, so every figure is a ratio of two things
//! measured alternately in one run: medians of pairs, with their spread. Needs `wrk`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot measure must stop")]

mod bare;
mod hashing;
mod server;
mod sign_ups;
mod start_up;
mod stats;
mod wrk;

use server::Server;
use stats::Ratio;

const PAIRS: usize = 5;

fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        bare::serve();
        return;
    }
    if !wrk::is_installed() {
        println!("benchmark `http` needs wrk on the PATH (Debian: apt-get install wrk)");
        return;
    }
    println!("{:<58}{:>10}{:>22}{:>8}", "what", "median", "spread", "goal");
    requests();
    row("sign-ins/s, ours / argon2 with fresh memory", hashing::compare(), "≥ 1.5");
    let rates = sign_ups::rates();
    let median = stats::median(&rates);
    println!("{:<58}{median:>10.0}{:>22}{:>8}", "durable sign-up + verify, 64 clients, per s", stats::spread(&rates), "≥ 500");
    start_up::report();
}

/// CPU per request against a bare actix-web that answers the same bytes.
fn requests() {
    let (bare, ours) = (Server::bare(), Server::ours(&[]));
    let token = ours.access_token();
    let mut home = Vec::new();
    let mut protected = Vec::new();
    for _ in 0..PAIRS {
        let base = wrk::cpu_per_request(&bare, "/", None);
        home.push(wrk::cpu_per_request(&ours, "/user/home", None) / base);
        let base = wrk::cpu_per_request(&bare, "/", None);
        protected.push(wrk::cpu_per_request(&ours, "/user/protected", Some(&token)) / base);
    }
    row("CPU per request, home / bare actix-web", Ratio(home), "≤ 1.15");
    row("CPU per request, protected (warm token) / bare actix-web", Ratio(protected), "≤ 1.35");
}

fn row(what: &str, ratio: Ratio, goal: &str) {
    let Ratio(values) = ratio;
    let median = stats::median(&values);
    println!("{what:<58}{median:>10.2}{:>22}{goal:>8}", stats::spread(&values));
}
