//! Lookups in stores of a thousand to a million accounts.
//!
//! `SCALE_ACCOUNTS=10000000` goes on to ten million; that takes three quarters of an hour and some 10 GB of disk.

use std::time::Duration;

use mongod::ReplicaSet;
use mongod::mongodb::bson::doc;
use reqwest::{Client, RequestBuilder};
use tempfile::TempDir;

use super::sizes;
use crate::load::{Answered, closed_loop, sign_in, times};
use crate::mongo;
use bench_support::plot::{Chart, Line, Scale};
use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, seed, sign_up_form};
use bench_support::stats::median;

const FEWEST: u32 = 1_000;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
/// Coprime to every number of accounts: steps through all of them, far from the last.
const STRIDE: u32 = 611_953;

/// A server with so many accounts.
struct Store {
    accounts: u32,
    server: Server,
    http: Client,
    figures: Figures,
}

/// One of each round.
#[derive(Default)]
struct Figures {
    /// Microseconds of the server's process for one look-up.
    lookup: Vec<f64>,
    /// Milliseconds.
    sign_in: Vec<f64>,
}

/// What was measured of one kind of store, by the number of accounts.
struct Series {
    name: &'static str,
    stores: Vec<(u32, Figures)>,
}

pub fn measure(report: &mut Report) {
    let numbers = numbers();
    let mut embedded: Vec<Store> =
        numbers.iter().map(|accounts| Store::open(*accounts, TEST_COST)).collect();
    let set = block_on(ReplicaSet::start(1, Duration::from_secs(1)));
    if let Some(set) = &set {
        block_on(widen_cache(set));
    }
    let uri = set.as_ref().map(ReplicaSet::uri).unwrap_or_default();
    let names: Vec<String> = numbers.iter().map(|accounts| format!("of_{accounts}")).collect();
    let open =
        |(accounts, name): (&u32, &String)| Store::open(*accounts, &mongo::settings(&uri, name));
    let mut mongodb: Vec<Store> = match set {
        Some(_) => numbers.iter().zip(&names).map(open).collect(),
        None => Vec::new(),
    };
    rounds(embedded.iter_mut().chain(&mut mongodb));
    let mut all = vec![Series::of("embedded", &mut embedded), Series::of("MongoDB", &mut mongodb)];
    let walking = [TEST_COST, &[("BIOENTRUST_STORAGE__QUICK_RECOVERY", "false")]].concat();
    for store in &mut embedded {
        store.server.restart(&walking);
    }
    rounds(embedded.iter_mut());
    all.insert(1, Series::of("embedded, slow recovery", &mut embedded));
    for series in &all {
        rows(report, series);
    }
    charts(&all);
    if let Some(largest) = embedded.last() {
        sizes::of_embedded(report, largest.accounts, &largest.server.data());
    }
    if let (Some(set), Some(largest), Some(name)) = (&set, mongodb.last(), names.last()) {
        block_on(sizes::of_mongodb(report, set, largest.accounts, name));
    }
}

/// In turn, so that all of them meet the same moments of the machine.
fn rounds<'s>(stores: impl Iterator<Item = &'s mut Store>) {
    let mut stores: Vec<_> = stores.collect();
    for _ in 0..ROUNDS {
        for store in &mut stores {
            store.measure();
        }
    }
}

/// Indexes and accounts fit, as docs/operations.md asks for: the mongods of tests have a quarter of a GiB.
async fn widen_cache(set: &ReplicaSet) {
    let command = doc! { "setParameter": 1, "wiredTigerEngineRuntimeConfig": "cache_size=8GB" };
    let admin = set.members.first().expect("a member").client().database("admin");
    admin.run_command(command).await.expect("the cache is wider");
}

/// Powers of ten.
fn numbers() -> Vec<u32> {
    let most = std::env::var("SCALE_ACCOUNTS").ok().and_then(|number| number.parse().ok());
    let most: u32 = most.unwrap_or(1_000_000);
    std::iter::successors(Some(FEWEST), |number| number.checked_mul(10))
        .take_while(|number| *number <= most)
        .collect()
}

impl Store {
    fn open(accounts: u32, settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        seed(&folder, 0, accounts, settings);
        let server = Server::on(folder, settings);
        Self { accounts, server, http: Client::new(), figures: Figures::default() }
    }

    /// A sign-up with a taken address is a look-up and writes nothing.
    fn measure(&mut self) {
        let base = &self.server.base;
        let before = self.server.cpu_seconds();
        let answers = self.one_client(409, |account| {
            let form = sign_up_form(&actors::seed::address(account.into()));
            self.http.post(format!("{base}/user/signup")).json(&form)
        });
        let spent = self.server.cpu_seconds() - before;
        self.figures.lookup.push(spent * 1e6 / answers.len() as f64);
        let answers = self.one_client(200, |account| sign_in(&self.http, base, account));
        self.figures.sign_in.push(median(&times(&answers, 200)));
    }

    fn one_client(&self, status: u16, ask: impl Fn(u32) -> RequestBuilder) -> Vec<Answered> {
        let account = |number: u32| number.wrapping_mul(STRIDE) % self.accounts;
        let (answers, _) = block_on(closed_loop(1, ROUND, |number| ask(account(number))));
        assert!(answers.iter().all(|answer| answer.status == status), "another answer");
        answers
    }
}

impl Series {
    /// Takes what was measured of `stores`.
    fn of(name: &'static str, stores: &mut [Store]) -> Self {
        let take = |store: &mut Store| (store.accounts, std::mem::take(&mut store.figures));
        Self { name, stores: stores.iter_mut().map(take).collect() }
    }
}

fn rows(report: &mut Report, Series { name, stores }: &Series) {
    let (Some((fewest, first)), Some((most, last))) = (stores.first(), stores.last()) else {
        return;
    };
    for (what, pick) in figures() {
        for (accounts, figures) in stores {
            report.row(&format!("{name}, {accounts} accounts: {what}"), pick(figures), 2, "");
        }
        let ratios: Vec<f64> = pick(last).iter().zip(pick(first)).map(|(a, b)| a / b).collect();
        report.row(&format!("{name}: {what}, {most} accounts / {fewest}"), &ratios, 2, "≤ 1.3");
    }
}

type Figure = fn(&Figures) -> &[f64];

fn figures() -> [(&'static str, Figure); 2] {
    [
        ("CPU of a request that looks an address up, µs", |figures| &figures.lookup),
        ("sign-in but for the hash, p50 in ms", |figures| &figures.sign_in),
    ]
}

fn charts(all: &[Series]) {
    for ((title, pick), name) in figures().into_iter().zip(["growth-lookup", "growth-sign-in"]) {
        let point = |(accounts, of): &(u32, Figures)| (f64::from(*accounts), median(pick(of)));
        let line = |Series { name, stores }: &Series| Line {
            name,
            points: stores.iter().map(point).collect(),
        };
        let lines = all.iter().map(line).collect();
        Chart { title, across: "accounts", scale: Scale::Logarithmic, lines }.save(name);
    }
}
