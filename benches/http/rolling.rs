//! A rolling restart of two nodes over a replica set, behind a load balancer, under load.

mod balancer;
mod nodes;

use std::thread;
use std::time::Duration;

use mongod::ReplicaSet;
use reqwest::RequestBuilder;
use tokio::time::{Instant, sleep};

use self::balancer::Balancer;
use self::nodes::{Nodes, free_ports};
use crate::load::{Answered, open_loop, p99, sign_in};
use bench_support::report::Report;
use bench_support::server::{block_on, post_form};

const ACCOUNTS: u32 = 5_000;
const ROUNDS: usize = 5;
/// Requests per second: of twenty, a sign-in, two refreshes, the rest protected.
const RATE: f64 = 500.0;
const QUIET: Duration = Duration::from_secs(10);
/// Answers in a row, each a moment after the last: longer than the load balancer looks for servers.
const STEADY: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longer than both restarts take.
const ROLLING: Duration = Duration::from_secs(25);

/// What clients see of it, who never repeat a request.
pub fn measure(report: &mut Report) {
    let [front, first, second] = free_ports();
    let Some(_balancer) = Balancer::start(front, [first, second]) else { return };
    let Some(set) = block_on(ReplicaSet::start(1, Duration::from_secs(1))) else { return };
    let mut nodes = Nodes::start(&set.uri(), ACCOUNTS, [first, second]);
    let base = format!("http://127.0.0.1:{front}");
    block_on(until_both_work(&base));
    let clients = Clients::of(&base);
    let (mut errors, mut during, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(p99(&clients.ask(QUIET), 200));
        let answers = thread::scope(|scope| {
            let rolling = scope.spawn(|| {
                nodes.restart();
                Instant::now()
            });
            let answers = clients.ask(ROLLING);
            let ended = Instant::now();
            assert!(rolling.join().expect("both restart") < ended, "the load was too short");
            answers
        });
        errors.push(answers.iter().filter(|answer| answer.status != 200).count() as f64);
        during.push(p99(&answers, 200));
    }
    let row = |what: &str| format!("rolling restart of 2 nodes at 500 requests/s: {what}");
    report.row(&row("not answered 200"), &errors, 0, "0");
    report.row(&row("p99 in ms"), &during, 1, "");
    report.row(&row("p99 before, in ms"), &without, 1, "");
}

/// Until the load balancer has found both, and asks them in turn.
async fn until_both_work(base: &str) {
    let (http, mut in_a_row) = (reqwest::Client::new(), 0);
    while in_a_row < STEADY {
        let answer = http.get(format!("{base}/health/ready")).send().await;
        let is_ready = answer.is_ok_and(|answer| answer.status().is_success());
        in_a_row = if is_ready { in_a_row + 1 } else { 0 };
        sleep(LOOK_EVERY).await;
    }
}

/// Who asks the load balancer.
struct Clients {
    base: String,
    access: String,
    refresh: String,
}

impl Clients {
    fn of(base: &str) -> Self {
        let http = reqwest::Client::new();
        let tokens = block_on(post_form(sign_in(&http, base, 0)));
        let token = |name: &str| tokens["token"][name].as_str().expect("a token").to_owned();
        Self { access: token("access"), refresh: token("refresh"), base: base.to_owned() }
    }

    fn ask(&self, time: Duration) -> Vec<Answered> {
        // Its connections belong to one runtime.
        let http = reqwest::Client::new();
        block_on(open_loop(RATE, time, |number| self.request(&http, number)))
    }

    fn request(&self, http: &reqwest::Client, number: u32) -> RequestBuilder {
        let get = |path: &str| http.get(format!("{}/user/{path}", self.base));
        match number % 20 {
            // Of the others: nobody has more than ten sessions, so ours would end.
            0 => sign_in(http, &self.base, 1 + number / 20 % (ACCOUNTS - 1)),
            7 | 14 => get("refresh").bearer_auth(&self.refresh),
            _ => get("protected").bearer_auth(&self.access),
        }
    }
}
