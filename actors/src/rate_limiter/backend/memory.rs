//! Budgets that end with the process: for tests.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::BudgetBackend;
use crate::backend::{Pending, ready};
use crate::domain::Timestamp;
use crate::rate_limiter::budget::Record;
use crate::rate_limiter::charge::Charge;
use crate::rate_limiter::decide::{Charging, decide};
use crate::rate_limiter::key::BudgetKey;

/// Keeps records in memory.
#[derive(Default)]
pub(crate) struct MemoryBudgets(Mutex<HashMap<BudgetKey, (Record, Timestamp)>>);

impl BudgetBackend for MemoryBudgets {
    fn charge(&self, charges: Vec<Charge>, now: Timestamp) -> Pending<Charging> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let record = |charge: &Charge| records.get(&charge.key).cloned().unwrap_or_default().0;
        let decision = decide(charges.iter().map(|c| (c, record(c))).collect(), now);
        for (place, record) in decision.changed {
            let expires_at = record.expires_at(&charges[place].rule);
            records.insert(charges[place].key, (record, expires_at));
        }
        ready(decision.charging)
    }

    fn verified(&self, keys: Vec<BudgetKey>) -> Pending<()> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if let Some((record, _)) = records.get_mut(&key) {
                record.verified();
            }
        }
        ready(())
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.retain(|_, (_, expires_at)| now < *expires_at);
        ready(())
    }
}

impl MemoryBudgets {
    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
