//! Durable sign-up and verify on the embedded store, with hashing that costs next to nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, sign_up_and_verify};

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// Completed sign-ups per second, one figure a round.
pub fn measure(report: &mut Report) {
    let server = Server::ours(TEST_COST);
    let serial = Arc::new(AtomicU32::new(0));
    let rates: Vec<f64> = (0..ROUNDS).map(|_| block_on(round(&server.base, &serial))).collect();
    report.row("durable sign-up + verify, 64 clients, per s", &rates, 0, "≥ 500");
}

async fn round(base: &str, serial: &Arc<AtomicU32>) -> f64 {
    let http = reqwest::Client::new();
    let started = Instant::now();
    let clients = (0..CLIENTS).map(|_| {
        let (http, base, serial) = (http.clone(), base.to_owned(), Arc::clone(serial));
        tokio::spawn(async move {
            let mut done = 0_u32;
            while started.elapsed() < ROUND {
                let email = format!("u{}@example.com", serial.fetch_add(1, Ordering::Relaxed));
                sign_up_and_verify(&http, &base, &email).await;
                done += 1;
            }
            done
        })
    });
    let mut done = 0;
    for client in futures_util::future::join_all(clients).await {
        done += client.expect("a client ends");
    }
    f64::from(done) / started.elapsed().as_secs_f64()
}
