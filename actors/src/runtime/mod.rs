//! How actors are run: bounded asking, supervision, time and chance as dependencies.
//!
//! actix gives the mailbox and the scheduling. What it does not give is here: a bound on what
//! may wait ([`Handle`]), a restart after a panic ([`supervise`]), and a clock and a source of
//! randomness that tests control ([`Clock`], [`Random`]).

mod clock;
mod handle;
mod metrics;
mod random;
mod request;
mod supervise;
#[cfg(test)]
mod tests;

pub use clock::{Clock, ManualClock, SystemClock};
pub use handle::{AskError, Handle, Limits, SPANS};
pub use random::{OsRandom, Random, SeededRandom};
pub use request::{current_request, for_request};
pub use supervise::{RestartBudget, Supervision, supervise};
