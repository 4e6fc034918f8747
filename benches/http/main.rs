//! The side-by-side HTTP benchmark: `cargo bench --bench http`.
//!
//! Two shared cores make absolute figures drift by 2×, so every figure is a ratio of two things
//! measured alternately in one run: medians of pairs, with their spread. Needs `wrk`.
//! `cargo bench --bench http -- requests` runs one part: `requests`, `sign_ins`, `sign_ups`,
//! `mails`, `start_up`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::indexing_slicing, reason = "answers are read as JSON: what is missing is null")]

mod bare;
mod hashing;
mod mails;
mod server;
mod sign_ups;
mod start_up;
mod stats;
mod wrk;

use server::Server;
use stats::row;

const PAIRS: usize = 9;

fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        bare::serve();
        return;
    }
    if !wrk::is_installed() {
        println!("benchmark `http` needs wrk on the PATH (Debian: apt-get install wrk)");
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    println!("{:<58}{:>10}{:>22}{:>8}", "what", "median", "spread", "goal");
    if wants("requests") {
        requests();
    }
    if wants("sign_ins") {
        let hashing::Comparison { spawn_blocking, same_thread } = hashing::compare();
        row("sign-ins/s, ours / argon2 in spawn_blocking", &spawn_blocking, 2, "≥ 1.5");
        row("sign-ins/s, ours / argon2 alone on a thread per lane", &same_thread, 2, "≥ 0.97");
    }
    if wants("sign_ups") {
        row("durable sign-up + verify, 64 clients, per s", &sign_ups::rates(), 0, "≥ 500");
    }
    if wants("mails") {
        mails();
    }
    if wants("start_up") {
        row("start to first answer, ms", &start_up::times_ms(), 0, "≤ 150");
        row("memory at rest after a sign-up, MiB", &[start_up::memory_at_rest()], 1, "≤ 25");
    }
}

/// CPU per request against a bare actix-web that answers the same bytes.
fn requests() {
    let (bare, ours) = (Server::bare(), Server::ours(&[]));
    let token = ours.access_token();
    let mut home = Vec::new();
    let mut protected = Vec::new();
    for _ in 0..PAIRS {
        let floor = wrk::cpu_per_request(&bare, "/", None);
        home.push(wrk::cpu_per_request(&ours, "/user/home", None) / floor);
        let floor = wrk::cpu_per_request(&bare, "/", None);
        protected.push(wrk::cpu_per_request(&ours, "/user/protected", Some(&token)) / floor);
    }
    row("CPU per request, home / bare actix-web", &home, 2, "≤ 1.15");
    row("CPU per request, protected (warm token) / bare actix-web", &protected, 2, "≤ 1.35");
    counted(&ours);
}

/// What it costs to count requests: with an admin listener, and without.
fn counted(uncounted: &Server) {
    let counted = Server::ours(&[("BIOENTRUST_SERVER__ADMIN_LISTEN", "127.0.0.1:0")]);
    let ratios: Vec<f64> = (0..PAIRS)
        .map(|_| {
            let without = wrk::cpu_per_request(uncounted, "/user/home", None);
            wrk::cpu_per_request(&counted, "/user/home", None) / without
        })
        .collect();
    row("CPU per request, home, with metrics / without", &ratios, 2, "≤ 1.10");
}

/// What a request has to do with the mail relay: nothing, whatever state it is in (F-09).
fn mails() {
    let (working, silent) = mails::latencies();
    for (relay, times) in [("working", working), ("silent", silent)] {
        row(&format!("sign-up, {relay} mail relay, p50 in ms"), &times.sign_up_p50, 1, "");
        row(&format!("sign-up, {relay} mail relay, p99 in ms"), &times.sign_up_p99, 1, "≤ 1000");
        row(&format!("forgot password, {relay} mail relay, p50 in ms"), &times.forgot_p50, 1, "");
        row(
            &format!("forgot password, {relay} mail relay, p99 in ms"),
            &times.forgot_p99,
            1,
            "≤ 1000",
        );
    }
}
