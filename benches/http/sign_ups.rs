//! Durable sign-up and verify on the embedded store, with hashing that costs next to nothing.

mod bare_store;

use std::time::Duration;

use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, sign_up_and_verify};
use reqwest::Client;

use bare_store::BareStore;

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
        let http = Client::new();
        let ours = rate(&next, async |number| {
            let email = format!("u{number}@example.com");
            sign_up_and_verify(&http, &server.base, &email).await;
        });
        ratios.push(ours / rate(&next, async |number| bare.sign_up(number).await));
        rates.push(ours);
    }
    report.row("durable sign-up + verify, 64 clients, per s", &rates, 0, "≥ 500");
    report.row("the same / the store's group commit of its writes alone", &ratios, 2, "≥ 0.7");
}

/// How often `CLIENTS` side by side get `work` done in a second.
fn rate(next: &Counter, work: impl AsyncFn(u32)) -> f64 {
    block_on(side_by_side(CLIENTS, ROUND, async || work(next.take()).await)).1
}
