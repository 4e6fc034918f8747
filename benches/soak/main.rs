//! An hour of ordinary traffic, with `kill -9` every quarter: `just soak` (`SOAK_MINUTES` minutes).
//!
//! The server runs on the embedded store, with passwords hashed at their real cost and every limit on,
//! set so wide that nobody is refused. What it acknowledges goes into a ledger. After each kill the
//! ledger is compared with what the server still knows. The benchmark fails when something
//! acknowledged is lost, when a request is answered as it should not be, and when one fails while
//! nobody kills the server. With `--write` the results go into docs/performance.md and docs/images.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot measure must stop")]
#![expect(clippy::cast_precision_loss, reason = "no figure here has more than nine digits")]
#![expect(clippy::indexing_slicing, reason = "answers are read as JSON: what is missing is null")]

mod caller;
mod check;
mod growth;
mod ledger;
mod lives;
mod pages;
mod refusals;
mod sample;
mod settings;
mod traffic;

use std::process::ExitCode;
use std::time::Duration;

use lives::Soak;

const MINUTES: u32 = 60;
/// Of one life of the server.
const LIFE: Duration = Duration::from_mins(15);

fn main() -> ExitCode {
    let minutes = std::env::var("SOAK_MINUTES").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_mins(minutes.unwrap_or(MINUTES).into());
    // However short the run is, it has two lives.
    let soaked = Soak::begin().run(time, LIFE.min(time / 2));
    soaked.print();
    if std::env::args().any(|argument| argument == "--write") {
        soaked.write();
    }
    if soaked.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
