//! The lives of one server: traffic, samples, a kill, a start on the same store, a check.

use std::collections::BTreeMap;
use std::time::Duration;

use bench_support::server::Server;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::check::{Checked, check};
use crate::growth::Growth;
use crate::sample::{Sample, in_words};
use crate::settings::SETTINGS;
use crate::traffic::Traffic;

const PERIOD: Duration = Duration::from_secs(30);
/// Accounts to begin with.
const FOUNDERS: u32 = 50;
/// Changes that are under way when the server is killed.
const BURST: u32 = 64;

/// A server and those who use it.
pub struct Soak {
    server: Server,
    traffic: Traffic,
    runtime: Runtime,
}

/// One kill and what came after.
pub struct Killed {
    pub minute: f64,
    /// Milliseconds until the server could work again.
    pub restart_ms: f64,
    /// Requests that were refused or not answered.
    pub unanswered: usize,
    pub checked: Checked,
}

/// What was seen.
pub struct Soaked {
    pub samples: Vec<Sample>,
    pub kills: Vec<Killed>,
    pub failures: Vec<String>,
}

impl Soak {
    pub fn begin() -> Self {
        let server = Server::ours(SETTINGS);
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
        let traffic = Traffic::default();
        traffic.caller.turn_to(&server.base);
        runtime.block_on(async {
            for _ in 0..FOUNDERS {
                traffic.sign_up().await;
            }
        });
        traffic.caller.take_exchanges();
        Self { server, traffic, runtime }
    }

    /// For so long, with a kill after each `life`, at the end too.
    pub fn run(mut self, time: Duration, life: Duration) -> Soaked {
        let (mut samples, mut kills) = (Vec::<Sample>::new(), Vec::new());
        let periods = |time: Duration| time.as_secs().div_ceil(PERIOD.as_secs());
        Sample::heading();
        for period in 1..=periods(time) {
            let late = self.runtime.block_on(self.traffic.flow(PERIOD));
            let minute = PERIOD.as_secs_f64() * period as f64 / 60.0;
            let number = kills.len() + 1;
            let sample = Sample::take(minute, number, late, &self.server, &self.traffic);
            sample.print();
            samples.push(sample);
            if period % periods(life) == 0 || period == periods(time) {
                kills.push(self.kill(minute));
            }
        }
        Soaked { samples, kills, failures: self.traffic.caller.take_failures() }
    }

    /// Amid a burst of changes.
    fn kill(&mut self, minute: f64) -> Killed {
        self.traffic.caller.expect_kill(true);
        let burst = self.runtime.block_on(self.traffic.burst(BURST));
        self.server.kill();
        self.runtime.block_on(burst.join_all());
        let exchanges = self.traffic.caller.take_exchanges();
        let unanswered = exchanges.iter().filter(|one| matches!(one.status, 0 | 503)).count();
        let started = Instant::now();
        self.server.restart(SETTINGS);
        let restart_ms = started.elapsed().as_secs_f64() * 1000.0;
        self.traffic.caller.turn_to(&self.server.base);
        self.traffic.caller.expect_kill(false);
        let checked = self.runtime.block_on(check(&self.traffic));
        self.traffic.caller.take_exchanges();
        let killed = Killed { minute, restart_ms, unanswered, checked };
        println!("{killed}");
        killed
    }
}

impl Soaked {
    /// How often each status was answered.
    pub fn statuses(&self) -> BTreeMap<u16, usize> {
        let mut all = BTreeMap::new();
        for (status, count) in self.samples.iter().flat_map(|sample| &sample.statuses) {
            *all.entry(*status).or_default() += count;
        }
        all
    }

    pub fn print(&self) {
        println!("the last quarter against the second:");
        for growth in Growth::all(&self.samples) {
            println!("  {growth}");
        }
        println!("answers: {}", in_words(&self.statuses()));
        println!("failures: {}", self.failures.len());
    }
}

impl std::fmt::Display for Killed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Checked { accounts, sessions, ended } = self.checked;
        write!(
            f,
            "killed at minute {:.1} with {} requests under way, ready again after {:.0} ms; checked \
             {accounts} accounts, {sessions} sessions that stand, {ended} that ended",
            self.minute, self.unanswered, self.restart_ms,
        )
    }
}
