//! The server over MongoDB against a bare loop of the driver operations that it makes.

pub mod operations;
mod raw;

use std::time::Duration;

use mongod::ReplicaSet;
use reqwest::Client;
use tempfile::TempDir;

use self::raw::Raw;
use crate::load::{Counter, closed_loop, p99, side_by_side, sign_in, times};
use bench_support::report::Report;
use bench_support::server::{
    Server, TEST_COST, block_on, post_form, sign_up_and_verify, sign_up_form,
};
use bench_support::stats::median;

const ACCOUNTS: u32 = 20_000;
/// As many as the driver's connections, twice over.
const CLIENTS: u32 = 32;
const PAIRS: usize = 5;
const ROUND: Duration = Duration::from_secs(5);
/// One after the other, to count operations.
const COUNTED: u32 = 50;

/// Settings of a server on a database of that set.
pub fn settings<'a>(uri: &'a str, database: &'a str) -> Vec<(&'static str, &'a str)> {
    let storage = [
        ("BIOENTRUST_STORAGE__BACKEND", "mongodb"),
        ("BIOENTRUST_STORAGE__URI", uri),
        ("BIOENTRUST_STORAGE__DATABASE", database),
    ];
    storage.into_iter().chain(TEST_COST.iter().copied()).collect()
}

/// Sign-up with verification, and sign-in: ours and the bare loop alternately.
pub fn measure(report: &mut Report) {
    block_on(async {
        let Some(set) = ReplicaSet::start(1, Duration::from_secs(1)).await else { return };
        let uri = set.uri();
        // A server makes the collections, with their indexes and validators, for the bare loop too.
        drop(server(&uri, "raw"));
        let ours = Ours { server: server(&uri, "ours"), http: Client::new() };
        let raw = Raw::new(&uri, &ours).await;
        compare_operations(&set, &ours, &raw).await;
        sign_ups(report, &ours, &raw).await;
        sign_ins(report, &ours, &raw).await;
    });
}

/// On its own thread: it waits for the server, which must not hold up the driver.
fn server(uri: &str, database: &str) -> Server {
    std::thread::scope(|scope| {
        let start = || {
            let folder = TempDir::new().expect("a folder");
            let settings = settings(uri, database);
            bench_support::server::seed(&folder, 0, ACCOUNTS, &settings);
            Server::on(folder, &settings)
        };
        scope.spawn(start).join().expect("the server starts")
    })
}

/// Ours, and who asks it.
struct Ours {
    server: Server,
    http: Client,
}

impl Ours {
    async fn sign_up(&self, number: u32) {
        let email = format!("n{number}@example.com");
        sign_up_and_verify(&self.http, &self.server.base, &email).await;
    }

    /// A sign-up that nobody verifies.
    async fn sign_up_only(&self, email: &str) {
        let url = format!("{}/user/signup", self.server.base);
        post_form(self.http.post(url).json(&sign_up_form(email))).await;
    }

    async fn sign_in(&self, number: u32) {
        post_form(sign_in(&self.http, &self.server.base, number)).await;
    }
}

/// The bare loop must do what the server does, no more and no less.
async fn compare_operations(set: &ReplicaSet, ours: &Ours, raw: &Raw) {
    let far = 1_000_000;
    let first = operations::per_call(set, COUNTED, async |n| ours.sign_up(far + n).await).await;
    let second = operations::per_call(set, COUNTED, async |n| raw.sign_up(far + n).await).await;
    println!("operations of a sign-up and verify: {first}; of the bare loop: {second}");
    assert!(first.is_like(second), "the bare loop does something else");
    let first = operations::per_call(set, COUNTED, async |n| ours.sign_in(n).await).await;
    let second = operations::per_call(set, COUNTED, async |n| raw.sign_in(n).await).await;
    println!("operations of a sign-in: {first}; of the bare loop: {second}");
    assert!(first.is_like(second), "the bare loop does something else");
}

async fn sign_ups(report: &mut Report, ours: &Ours, raw: &Raw) {
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    // 0 was the sample.
    let next = Counter::from(1);
    for _ in 0..PAIRS {
        let rate = rate(async || ours.sign_up(next.take()).await).await;
        ratios.push(rate / self::rate(async || raw.sign_up(next.take()).await).await);
        rates.push(rate);
    }
    report.row("sign-up + verify over MongoDB, 32 clients, per s", &rates, 0, "");
    report.row("the same / a bare loop of its driver operations", &ratios, 2, "≥ 0.7");
}

async fn sign_ins(report: &mut Report, ours: &Ours, raw: &Raw) {
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    let (mut middle, mut slow) = (Vec::new(), Vec::new());
    // Everybody signs in once before anybody does so twice, with both.
    let (our_next, raw_next) = (Counter::from(COUNTED), Counter::from(COUNTED));
    for _ in 0..PAIRS {
        let one = |_| sign_in(&ours.http, &ours.server.base, our_next.take() % ACCOUNTS);
        let (answers, rate) = closed_loop(CLIENTS, ROUND, one).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "something was refused");
        let bare = self::rate(async || raw.sign_in(raw_next.take() % ACCOUNTS).await).await;
        ratios.push(rate / bare);
        rates.push(rate);
        middle.push(median(&times(&answers, 200)));
        slow.push(p99(&answers, 200));
    }
    report.row("sign-in over MongoDB, hashing at test cost, 32 clients, per s", &rates, 0, "");
    report.row("sign-in over MongoDB / a bare loop of its driver operations", &ratios, 2, "≥ 0.7");
    report.row("sign-in over MongoDB, p50 in ms", &middle, 1, "");
    report.row("sign-in over MongoDB, p99 in ms", &slow, 1, "");
    report.row("memory of the server over MongoDB, MiB", &[ours.server.rss_mib()], 1, "");
}

/// How often `CLIENTS` of `work` side by side get it done in a second.
async fn rate(work: impl AsyncFn()) -> f64 {
    side_by_side(CLIENTS, ROUND, work).await.1
}
