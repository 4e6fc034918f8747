//! Requests at a rate, or as fast as so many clients get their answers.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use bench_support::pace::at_rate;
use bench_support::stats::percentile;

/// What became of one request.
#[derive(Clone, Copy)]
pub struct Answered {
    /// 0: there was no answer.
    pub status: u16,
    pub ms: f64,
}

/// Starts `rate` requests a second, whether earlier ones have been answered or not.
pub async fn open_loop(
    rate: f64,
    time: Duration,
    request: impl Fn(u32) -> RequestBuilder,
) -> Vec<Answered> {
    let mut under_way = JoinSet::new();
    at_rate(rate, time, |number| {
        under_way.spawn(answered(request(number)));
    })
    .await;
    under_way.join_all().await
}

/// Each of `clients` asks again as soon as it has its answer. The answers, and how many there were
/// per second.
pub async fn closed_loop(
    clients: u32,
    time: Duration,
    request: impl Fn(u32) -> RequestBuilder,
) -> (Vec<Answered>, f64) {
    let numbers = Counter::default();
    side_by_side(clients, time, async || answered(request(numbers.take())).await).await
}

/// Each of `clients` does `work` again as soon as it is done. What came of it, and how often per
/// second.
pub async fn side_by_side<T>(
    clients: u32,
    time: Duration,
    work: impl AsyncFn() -> T,
) -> (Vec<T>, f64) {
    let started = Instant::now();
    let client = |_| async {
        let mut done = Vec::new();
        while started.elapsed() < time {
            done.push(work().await);
        }
        done
    };
    let done: Vec<T> = join_all((0..clients).map(client)).await.into_iter().flatten().collect();
    let rate = done.len() as f64 / started.elapsed().as_secs_f64();
    (done, rate)
}

/// Numbers, each once.
#[derive(Default)]
pub struct Counter(Cell<u32>);

impl From<u32> for Counter {
    fn from(first: u32) -> Self {
        Self(Cell::new(first))
    }
}

impl Counter {
    pub fn take(&self) -> u32 {
        self.0.replace(self.0.get() + 1)
    }
}

async fn answered(request: RequestBuilder) -> Answered {
    let started = Instant::now();
    let status = match request.send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            // To the end, or the connection cannot be used again.
            answer.bytes().await.map_or(0, |_| status)
        }
        Err(_) => 0,
    };
    Answered { status, ms: started.elapsed().as_secs_f64() * 1000.0 }
}

/// The milliseconds of the answers with `status`.
pub fn times(answers: &[Answered], status: u16) -> Vec<f64> {
    answers.iter().filter(|answer| answer.status == status).map(|answer| answer.ms).collect()
}

pub fn p99(answers: &[Answered], status: u16) -> f64 {
    percentile(&times(answers, status), 99)
}

/// The sign-in of account `number` as `bioentrust-auth seed` makes it.
pub fn sign_in(http: &Client, base: &str, number: u32) -> RequestBuilder {
    let form = json!({
        "email": actors::seed::address(number.into()), "password": actors::seed::PASSWORD,
    });
    http.post(format!("{base}/user/signin")).json(&form)
}
