//! Moves accounts, sessions and counters from one store to another while no server runs.
//!
//! Every write is an upsert by id, so that a run which was broken off is simply run again. At the
//! end both sides are read, and must agree by count and checksum.

mod checksum;
mod error;
mod kind;
mod movable;
mod run;
mod side;
#[cfg(test)]
mod tests;

pub use checksum::Tally;
pub use error::MigrateError;
pub use kind::{Kind, Phase, Progress};
pub(crate) use movable::{AsOf, Cursor, Entity, Movable, PAGE, Page, Put};
pub(crate) use side::OpenedStore;
pub use side::StoreAt;

use crate::domain::Timestamp;
use crate::revocation_registry::SessionRules;
use run::Run;
use side::Side;

/// What the operator decided.
#[derive(Clone, Copy, Debug)]
pub struct MigrateOptions {
    /// The target may hold something: what an earlier run has moved.
    pub resume: bool,
    /// Lives of sessions: they say when one is cleared away.
    pub sessions: SessionRules,
    /// What has ended by then is not moved.
    pub now: Timestamp,
}

/// What was moved and verified: one line for each kind.
pub type MigrationReport = Vec<(Kind, Tally)>;

/// Moves everything from one store to the other, and verifies it.
///
/// Pending one-time codes, delays of single client addresses and tries under way stay behind: they
/// live for minutes. So do the budgets of messages, which look back for a day.
pub async fn migrate(
    from: &StoreAt,
    to: &StoreAt,
    options: MigrateOptions,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<MigrationReport, MigrateError> {
    let (from, to) = (Side::open_source(from).await?, Side::open(to).await?);
    let as_of = AsOf { now: options.now, sessions: options.sessions };
    let mut run = Run::new(&from, &to, as_of, progress);
    if !options.resume {
        run.each(Phase::CheckEmpty).await?;
    }
    run.each(Phase::Move).await?;
    run.each(Phase::Verify).await?;
    Ok(run.into_report())
}
