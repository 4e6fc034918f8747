//! Sign-ins per second against the argon2 crate as commonly called, on the same lanes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use argon2::{Argon2, PasswordHasher};
use serde_json::json;
use tokio::time::Instant;

use crate::PAIRS;
use crate::server::{Server, block_on};
use crate::stats::Ratio;

const ROUND: Duration = Duration::from_secs(4);
/// Clients per lane: enough to keep the queue from running dry.
const CLIENTS_PER_LANE: usize = 4;

/// Ours over theirs, measured alternately.
pub fn compare() -> Ratio {
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let server = Server::ours(&[]);
    let _ = server.access_token();
    Ratio((0..PAIRS).map(|_| sign_ins(&server, lanes) / fresh_memory(lanes)).collect())
}

/// Right passwords over HTTP, per second.
fn sign_ins(server: &Server, lanes: usize) -> f64 {
    block_on(async {
        let http = reqwest::Client::new();
        let started = Instant::now();
        let clients = (0..lanes * CLIENTS_PER_LANE).map(|_| {
            let (http, url) = (http.clone(), format!("{}/user/signin", server.base));
            tokio::spawn(async move {
                let form = json!({"email": "bench@example.com", "password": "correct horse battery"});
                let mut done = 0_u32;
                while started.elapsed() < ROUND {
                    let answer = http.post(&url).json(&form).send().await.expect("an answer");
                    assert!(answer.status().is_success(), "{}", answer.status());
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
    })
}

/// The crate as its README shows it: each hash allocates its memory afresh.
fn fresh_memory(lanes: usize) -> f64 {
    let (stop, done) = (AtomicBool::new(false), AtomicU32::new(0));
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..lanes {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let hash = Argon2::default().hash_password(b"correct horse battery");
                    assert!(hash.is_ok());
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        #[expect(clippy::disallowed_methods, reason = "the round takes its time")]
        thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
    });
    f64::from(done.into_inner()) / started.elapsed().as_secs_f64()
}
