//! The side-by-side HTTP benchmark: `cargo bench --bench http`.
//!
//! Two shared cores make absolute figures drift by 2×, so every figure is a ratio of two things
//! measured alternately in one run: medians of pairs, with their spread. Needs `wrk`.
//! `cargo bench --bench http -- requests` runs one part; `PARTS` lists them, and `ON_REQUEST` those that
//! run only when they are named. With `--write` the rows go into docs/performance.md, and the charts
//! into docs/images.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::cast_precision_loss, reason = "no figure here has more than four digits")]
#![expect(clippy::panic, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::indexing_slicing, reason = "answers are read as JSON: what is missing is null")]

mod bare;
mod call;
mod hashing;
mod load;
mod mails;
mod mixed;
mod mongo;
mod overload;
mod requests;
mod rivals;
mod rolling;
mod scale;
mod sign_ups;
mod start_up;
mod storm;
mod wrk;

use bench_support::report::Report;

const PAIRS: usize = 9;

type Part = (&'static str, fn(&mut Report));

/// What can be measured, and in which order.
const PARTS: [Part; 11] = [
    ("requests", requests::measure),
    ("sign_ins", hashing::measure),
    ("sign_ups", sign_ups::measure),
    ("mails", mails::measure),
    ("start_up", start_up::measure),
    ("mixed", mixed::measure),
    ("mongo", mongo::measure),
    ("overload", overload::measure),
    ("storm", storm::measure),
    ("scale", scale::measure),
    ("rolling", rolling::measure),
];

/// What needs more than this repository and `wrk`.
const ON_REQUEST: [Part; 1] = [("rivals", rivals::measure)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == bare::ARGUMENT) {
        bare::serve();
        return;
    }
    if !wrk::is_installed() {
        println!("benchmark `http` needs wrk on the PATH (Debian: apt-get install wrk)");
        return;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let mut report = Report::begin("cargo bench --bench http");
    let is_named = |(name, _): &Part| wanted.iter().any(|wanted| *wanted == name);
    let usual = PARTS.into_iter().filter(|part| wanted.is_empty() || is_named(part));
    for (name, measure) in usual.chain(ON_REQUEST.into_iter().filter(is_named)) {
        report.part(name);
        measure(&mut report);
    }
    if arguments.iter().any(|argument| argument == "--write") {
        report.write();
    }
}
