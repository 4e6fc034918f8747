//! Requests at a rate, or as fast as so many clients get their answers.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

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
    let started = Instant::now();
    let mut under_way = JoinSet::new();
    for number in 0.. {
        let due = Duration::from_secs_f64(f64::from(number) / rate);
        if due >= time {
            break;
        }
        sleep_until(started + due).await;
        under_way.spawn(answered(request(number)));
    }
    under_way.join_all().await
}

/// Each of `clients` asks again as soon as it has its answer. The answers, and how many there were
/// per second.
pub async fn closed_loop(
    clients: u32,
    time: Duration,
    request: impl Fn(u32) -> RequestBuilder,
) -> (Vec<Answered>, f64) {
    let started = Instant::now();
    let (request, numbers) = (&request, &std::cell::Cell::new(0));
    let client = |_| async move {
        let mut answers = Vec::new();
        while started.elapsed() < time {
            let number = numbers.get();
            numbers.set(number + 1);
            answers.push(answered(request(number)).await);
        }
        answers
    };
    let answers = join_all((0..clients).map(client)).await.concat();
    let rate = answers.len() as f64 / started.elapsed().as_secs_f64();
    (answers, rate)
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
