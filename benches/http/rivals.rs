//! Other servers for the same purpose, beside ours in one run, over the same mongod.
//!
//! Each is in a folder of `benches/rivals`. They need other languages' tools, and the network once:
//! what cannot be set up is left out loudly.

mod better_auth;
mod fastapi_users;
mod install;
mod ours;
mod parse_server;
mod side;

use std::time::Duration;

use mongod::ReplicaSet;

use crate::call::Call;
use bench_support::report::Report;
use bench_support::server::{Server, block_on};

/// Known to each server.
const ACCOUNTS: u32 = 2_000;
/// Sessions that are asked for in turn: so many that requests under way seldom share one.
const SESSIONS: u32 = 256;

/// One rival after the other.
pub fn measure(report: &mut Report) {
    let Some(set) = block_on(ReplicaSet::start(1, Duration::from_secs(1))) else { return };
    better_auth::measure(report, &set);
    fastapi_users::measure(report, &set);
    parse_server::measure(report, &set);
}

/// One call for each of so many accounts.
fn of_each(accounts: u32, call: impl Fn(&str) -> Call) -> Vec<Call> {
    (0..accounts).map(|number| call(&actors::seed::address(number.into()))).collect()
}

/// What the servers hold after all that.
fn memory(report: &mut Report, name: &str, theirs: &Server, ours: &Server, goal: &str) {
    let (their_mib, our_mib) = (theirs.rss_mib(), ours.rss_mib());
    report.row(&format!("resident memory after this load, {name}, MiB"), &[their_mib], 0, "");
    report.row(
        &format!("resident memory after this load, ours beside {name}, MiB"),
        &[our_mib],
        0,
        "",
    );
    let ratio = their_mib / our_mib;
    report.row(&format!("resident memory after this load, {name} / ours"), &[ratio], 1, goal);
}
