//! Durable sign-up and verify on the embedded store, with hashing that costs next to nothing.

mod bare_store;

use std::cell::Cell;
use std::time::Duration;

use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, sign_up_and_verify};
use futures_util::future::join_all;
use reqwest::Client;
use tokio::time::Instant;

use bare_store::BareStore;

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// Completed sign-ups per second, and against the same writes by the store alone: alternately.
pub fn measure(report: &mut Report) {
    let (server, bare) = (Server::ours(TEST_COST), BareStore::open());
    let next = Cell::new(0_u32);
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
fn rate(next: &Cell<u32>, work: impl AsyncFn(u32)) -> f64 {
    let started = Instant::now();
    let client = |_| async {
        let mut done = 0_u32;
        while started.elapsed() < ROUND {
            work(next.replace(next.get() + 1)).await;
            done += 1;
        }
        done
    };
    let done: u32 = block_on(join_all((0..CLIENTS).map(client))).into_iter().sum();
    f64::from(done) / started.elapsed().as_secs_f64()
}
