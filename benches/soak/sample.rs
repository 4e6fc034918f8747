//! The server's state at one moment, and what it answered since the last one.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use bench_support::server::Server;
use bench_support::stats::percentile;

use crate::caller::{Exchange, locked, statuses};
use crate::traffic::Traffic;

/// One line of the table.
pub struct Sample {
    pub minute: f64,
    /// Which start of the server, from 1.
    pub life: usize,
    pub rss_mib: f64,
    pub descriptors: f64,
    pub threads: f64,
    pub store_mib: f64,
    pub accounts: usize,
    pub sessions: usize,
    /// Milliseconds of `/user/protected`.
    pub protected: Times,
    /// Milliseconds of `/user/signin`, of which most is hashing.
    pub sign_in: Times,
    pub statuses: BTreeMap<u16, usize>,
    /// How much too late a request was begun, at worst: what the machine itself held up.
    pub late_ms: f64,
}

#[derive(Clone, Copy)]
pub struct Times {
    pub p50: f64,
    pub p99: f64,
}

impl Sample {
    pub fn take(
        minute: f64,
        life: usize,
        late: Duration,
        server: &Server,
        traffic: &Traffic,
    ) -> Self {
        let exchanges = traffic.caller.take_exchanges();
        let ledger = locked(&traffic.ledger);
        Self {
            minute,
            life,
            rss_mib: server.rss_mib(),
            descriptors: server.descriptors() as f64,
            threads: server.threads(),
            store_mib: size_mib(server),
            accounts: ledger.accounts(),
            sessions: ledger.sessions(),
            protected: Times::of(&exchanges, "/user/protected", 200),
            sign_in: Times::of(&exchanges, "/user/signin", 200),
            statuses: statuses(&exchanges),
            late_ms: late.as_secs_f64() * 1000.0,
        }
    }

    pub fn heading() {
        println!(
            "{:>6}{:>5}{:>8}{:>5}{:>8}{:>7}{:>9}{:>9}{:>16}{:>16}{:>8}  answers",
            "minute",
            "life",
            "RSS MiB",
            "fds",
            "threads",
            "store",
            "accounts",
            "sessions",
            "protected ms",
            "sign-in ms",
            "late ms"
        );
    }

    pub fn print(&self) {
        println!(
            "{:>6.1}{:>5}{:>8.1}{:>5}{:>8}{:>7.1}{:>9}{:>9}{:>16}{:>16}{:>8.0}  {}",
            self.minute,
            self.life,
            self.rss_mib,
            self.descriptors,
            self.threads,
            self.store_mib,
            self.accounts,
            self.sessions,
            self.protected.to_string(),
            self.sign_in.to_string(),
            self.late_ms,
            in_words(&self.statuses),
        );
    }
}

impl Times {
    fn of(exchanges: &[Exchange], path: &str, status: u16) -> Self {
        let of_path = exchanges.iter().filter(|one| one.path == path && one.status == status);
        let times: Vec<f64> = of_path.map(|exchange| exchange.ms).collect();
        Self { p50: percentile(&times, 50), p99: percentile(&times, 99) }
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} / {:.1}", self.p50, self.p99)
    }
}

/// Such as `200 × 2950, 401 × 12`.
pub fn in_words(statuses: &BTreeMap<u16, usize>) -> String {
    let word = |(status, count): (&u16, &usize)| match status {
        0 => format!("none × {count}"),
        status => format!("{status} × {count}"),
    };
    statuses.iter().map(word).collect::<Vec<String>>().join(", ")
}

fn size_mib(server: &Server) -> f64 {
    let files = fs::read_dir(server.data()).expect("the store's folder").flatten();
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    bytes as f64 / f64::from(1 << 20)
}
