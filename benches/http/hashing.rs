//! Sign-ins per second against the argon2 crate as commonly called, on the same lanes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use argon2::{Argon2, PasswordHasher};
use serde_json::json;
use tokio::time::Instant;

use crate::PAIRS;
use bench_support::report::Report;
use bench_support::server::{Server, block_on};

const ROUND: Duration = Duration::from_secs(4);
/// Clients per lane: enough to keep the queue from running dry.
const CLIENTS_PER_LANE: usize = 4;

/// Ours over the crate, called in two ways, alternately: as servers commonly call it, on whichever
/// blocking thread is free and with memory afresh; and at its best, on one thread that does nothing
/// else, so that the allocator keeps the memory.
pub fn measure(report: &mut Report) {
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let server = Server::ours(&[]);
    let _ = server.access_token();
    let (mut spawn_blocking, mut same_thread) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let ours = sign_ins(&server, lanes);
        spawn_blocking.push(ours / in_spawn_blocking(lanes));
        let ours = sign_ins(&server, lanes);
        same_thread.push(ours / on_one_thread_each(lanes));
    }
    report.row("sign-ins/s, ours / argon2 in spawn_blocking", &spawn_blocking, 2, "≥ 1.6");
    report.row("sign-ins/s, ours / argon2 alone on a thread per lane", &same_thread, 2, "≥ 0.97");
}

/// Right passwords over HTTP, per second.
fn sign_ins(server: &Server, lanes: usize) -> f64 {
    block_on(async {
        let http = reqwest::Client::new();
        let started = Instant::now();
        let clients = (0..lanes * CLIENTS_PER_LANE).map(|_| {
            let (http, url) = (http.clone(), format!("{}/user/signin", server.base));
            tokio::spawn(async move {
                let form =
                    json!({"email": "bench@example.com", "password": "correct horse battery"});
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

/// The crate as an async server calls it, no more at once than we have lanes.
fn in_spawn_blocking(lanes: usize) -> f64 {
    block_on(async {
        let started = Instant::now();
        let callers = (0..lanes).map(|_| {
            tokio::spawn(async move {
                let mut done = 0_u32;
                while started.elapsed() < ROUND {
                    let hash = || Argon2::default().hash_password(b"correct horse battery").is_ok();
                    assert!(tokio::task::spawn_blocking(hash).await.is_ok_and(|done| done));
                    done += 1;
                }
                done
            })
        });
        let mut done = 0;
        for caller in futures_util::future::join_all(callers).await {
            done += caller.expect("a caller ends");
        }
        f64::from(done) / started.elapsed().as_secs_f64()
    })
}

/// The crate on as many threads as we have lanes.
fn on_one_thread_each(lanes: usize) -> f64 {
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
