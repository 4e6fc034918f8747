//! Durable sign-up and verify on the embedded store, with hashing that costs next to nothing.

mod bare_store;
mod connection;
mod wave;

use std::time::Duration;

use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on};

use bare_store::BareStore;
use wave::Clients;

use crate::load::{Counter, side_by_side};

const CLIENTS: u32 = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// Completed sign-ups per second, and against the same writes by the store alone: alternately.
pub fn measure(report: &mut Report) {
    let (server, bare) = (Server::ours(TEST_COST), BareStore::open());
    let next = Counter::default();
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ours = block_on(async {
            Clients::connect(&server.base, CLIENTS).await.rate(&next, ROUND).await
        });
        let alone = side_by_side(CLIENTS, ROUND, async || bare.sign_up(next.take()).await);
        ratios.push(ours / block_on(alone).1);
        rates.push(ours);
    }
    report.row("durable sign-up + verify, 64 clients, per s", &rates, 0, "≥ 500");
    report.row("the same / the store's group commit of its writes alone", &ratios, 2, "≥ 0.7");
}
