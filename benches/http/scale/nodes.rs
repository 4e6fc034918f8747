//! One to three nodes over one replica set.

use std::time::Duration;

use mongod::ReplicaSet;
use tempfile::TempDir;

use crate::load::{closed_loop, sign_in};
use crate::mongo;
use bench_support::report::Report;
use bench_support::server::{Server, block_on, seed};

const ACCOUNTS: u32 = 20_000;
const CLIENTS: u32 = 48;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);

/// Sign-ins with hashing at test cost: what the nodes share is the database.
pub fn measure(report: &mut Report) {
    let Some(set) = block_on(ReplicaSet::start(1, Duration::from_secs(1))) else { return };
    let uri = set.uri();
    let settings = mongo::settings(&uri, "nodes");
    let folder = || TempDir::new().expect("a folder");
    seed(&folder(), 0, ACCOUNTS, &settings);
    let nodes: Vec<Server> = (0..3).map(|_| Server::on(folder(), &settings)).collect();
    let http = reqwest::Client::new();
    let mut rates: [Vec<f64>; 3] = Default::default();
    for round in (0_u32..).take(ROUNDS) {
        for (count, rates) in (1_u32..).zip(&mut rates) {
            let one = |number: u32| {
                let node = nodes.get((number % count) as usize).expect("a node");
                sign_in(&http, &node.base, (round * 7_001 + number) % ACCOUNTS)
            };
            let (answers, rate) = block_on(closed_loop(CLIENTS, ROUND, one));
            assert!(answers.iter().all(|answer| answer.status == 200), "something was refused");
            rates.push(rate);
        }
    }
    for (count, rates) in (1..).zip(&rates) {
        report.row(&format!("sign-ins/s at test cost, {count} nodes over MongoDB"), rates, 0, "");
    }
}
