//! CPU per request against a bare actix-web that answers the same bytes.

use crate::PAIRS;
use crate::bare;
use crate::load::sign_in;
use crate::wrk::{self, Load};
use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, post_form};

/// More than any cache of one entry may hold on the side.
const TOKENS: u32 = 256;

/// Alternately.
pub fn measure(report: &mut Report) {
    let (bare, ours) = (bare::start(), Server::ours(&[]));
    let token = [ours.access_token()];
    // It remembers one token and is shown others: each request verifies a signature.
    let forgetful = [TEST_COST, &[("BIOENTRUST_TOKENS__CACHE_ENTRIES", "1")]].concat();
    let forgetful = Server::seeded(TOKENS, &forgetful);
    let tokens = block_on(tokens(&forgetful));
    let (mut home, mut warm, mut cold) = (Vec::new(), Vec::new(), Vec::new());
    let mut loads: [Vec<Load>; 2] = Default::default();
    let floor = || wrk::load(&bare, bare::PATH, &[]).cpu;
    for _ in 0..PAIRS {
        let [of_home, of_protected] = &mut loads;
        let load = wrk::load(&ours, "/user/home", &[]);
        home.push(load.cpu / floor());
        of_home.push(load);
        let load = wrk::load(&ours, "/user/protected", &token);
        warm.push(load.cpu / floor());
        of_protected.push(load);
        cold.push(wrk::load(&forgetful, "/user/protected", &tokens).cpu / floor());
    }
    report.row("CPU per request, home / bare actix-web", &home, 2, "≤ 1.10");
    report.row("CPU per request, protected (warm token) / bare actix-web", &warm, 2, "≤ 1.35");
    report.row("CPU per request, protected (cold token) / bare actix-web", &cold, 2, "≤ 6");
    report.row("CPU per request, home, with metrics / without", &counted(&ours), 2, "≤ 1.10");
    for (name, loads) in ["home", "protected (warm token)"].iter().zip(&loads) {
        let of = |pick: fn(&Load) -> f64| loads.iter().map(pick).collect::<Vec<f64>>();
        report.row(&format!("{name} from 32 clients, p50 in ms"), &of(|load| load.p50), 2, "");
        report.row(&format!("{name} from 32 clients, p99 in ms"), &of(|load| load.p99), 2, "");
    }
}

/// What it costs to count requests: with an admin listener, and without.
fn counted(uncounted: &Server) -> Vec<f64> {
    let counted = Server::ours(&[("BIOENTRUST_SERVER__ADMIN_LISTEN", "127.0.0.1:0")]);
    let home = |server: &Server| wrk::load(server, "/user/home", &[]).cpu;
    (0..PAIRS).map(|_| home(&counted) / home(uncounted)).collect()
}

/// Access tokens, each of somebody else.
async fn tokens(server: &Server) -> Vec<String> {
    let (http, mut tokens) = (reqwest::Client::new(), Vec::new());
    for number in 0..TOKENS {
        let answer = post_form(sign_in(&http, &server.base, number)).await;
        tokens.push(answer["token"]["access"].as_str().expect("a token").to_owned());
    }
    tokens
}
