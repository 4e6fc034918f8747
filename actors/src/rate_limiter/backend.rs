//! Where budgets are kept: shared by all who send, and across restarts.

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

pub(crate) use embedded::EmbeddedBudgets;
#[cfg(test)]
pub(crate) use memory::MemoryBudgets;
pub(crate) use mongodb::MongoBudgets;

use super::charge::Charge;
use super::decide::Charging;
use super::key::BudgetKey;
use crate::backend::Pending;
use crate::domain::Timestamp;

/// A durable map from keys to what was sent under them.
pub(crate) trait BudgetBackend: Send + Sync + 'static {
    /// Charges every budget, or none: of any number of parallel calls, no more are charged than
    /// each budget allows. What is answered is durable.
    fn charge(&self, charges: Vec<Charge>, now: Timestamp) -> Pending<Charging>;

    /// Counts a code that came back in each of these records, where there is one.
    fn verified(&self, keys: Vec<BudgetKey>) -> Pending<()>;

    /// Frees records that say nothing any more, a bounded number of them.
    fn sweep(&self, now: Timestamp) -> Pending<()>;
}
