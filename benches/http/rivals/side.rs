//! Two servers do the same, alternately.

use mongod::ReplicaSet;
use reqwest::Client;

use crate::call::Call;
use crate::mongo::operations;
use crate::wrk::{self, Load};
use bench_support::report::Report;
use bench_support::server::{Server, block_on};

const PAIRS: usize = 5;
/// One after the other, to count operations.
const COUNTED: u32 = 50;

/// What one of two servers is asked.
pub struct Side<'a> {
    /// Whose what.
    pub name: &'a str,
    pub server: &'a Server,
    /// Made for each round anew.
    pub calls: Box<dyn Fn() -> Vec<Call> + 'a>,
    /// Of MongoDB, by each call.
    pub reads: u32,
    /// Of MongoDB, by each call.
    pub writes: u32,
}

/// CPU and requests per second of both, after a round that nobody counts: some compile as they go.
pub fn compare(report: &mut Report, set: &ReplicaSet, theirs: &Side, ours: &Side, goal: &str) {
    for side in [theirs, ours] {
        side.count_operations(set);
        side.load();
    }
    let (mut cpu, mut rate) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let (their_load, our_load) = (theirs.load(), ours.load());
        cpu.push(their_load.cpu / our_load.cpu);
        rate.push(our_load.rate / their_load.rate);
    }
    let (theirs, ours) = (theirs.title(), ours.title());
    report.row(&format!("CPU per request, {theirs} / {ours}"), &cpu, 1, goal);
    report.row(&format!("requests/s, {ours} / {theirs}"), &rate, 1, "");
}

impl Side<'_> {
    fn load(&self) -> Load {
        wrk::load_calls(self.server, &(self.calls)())
    }

    fn title(&self) -> String {
        match (self.reads, self.writes) {
            (0, 0) => format!("{} (no query)", self.name),
            (reads, writes) => format!("{} (reads {reads}, writes {writes})", self.name),
        }
    }

    /// The row says what a call asks of MongoDB: it must be so.
    fn count_operations(&self, set: &ReplicaSet) {
        let calls = (self.calls)();
        let counted = block_on(async {
            let http = Client::new();
            let one = async |number: u32| {
                let call = &calls[number as usize % calls.len()];
                call.ask(&http, &self.server.base).await;
            };
            operations::per_call(set, COUNTED, one).await
        });
        println!("operations of {}: {counted}", self.name);
        assert!(counted.are(self.reads, self.writes), "{} asks MongoDB otherwise", self.name);
    }
}
