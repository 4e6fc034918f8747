//! The decision over all budgets of a message: all are charged, or none.

use std::time::Duration;

use super::budget::Record;
use super::charge::{Charge, Scope};
use crate::domain::Timestamp;

/// What became of a message's charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Charging {
    /// Whether it may be sent.
    pub(crate) verdict: Verdict,
    /// Breakers that opened over it.
    pub(crate) tripped: Vec<Scope>,
    /// How full the watched budgets are now.
    pub(crate) used: Vec<Used>,
}

/// Whether a message may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every budget is charged.
    Charged,
    /// Nothing is charged.
    Refused {
        /// The budget with the longest wait.
        scope: Scope,
        /// That wait.
        retry_after: Duration,
    },
}

/// How full a budget is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// Whose budget.
    pub(crate) scope: Scope,
    /// How much of it.
    pub(crate) count: u32,
    /// All of it.
    pub(crate) of: u32,
}

/// A decision, and the records that it changes.
pub(super) struct Decision {
    pub(super) charging: Charging,
    /// By the place of their charge.
    pub(super) changed: Vec<(usize, Record)>,
}

/// Decides over `charges`, each with its record.
pub(super) fn decide(charges: Vec<(&Charge, Record)>, now: Timestamp) -> Decision {
    let mut tripped = Vec::new();
    let judged: Vec<_> = charges
        .into_iter()
        .map(|(charge, record)| {
            let mut record = record.seen_at(&charge.rule, now);
            let trips = trip(&mut record, charge, now);
            if trips {
                tripped.push(charge.scope.clone());
            }
            (charge, record, trips)
        })
        .collect();
    let waits = judged.iter().map(|(charge, record, _)| (record.wait(&charge.rule, now), charge));
    let longest = waits.max_by_key(|(wait, _)| *wait).filter(|(wait, _)| !wait.is_zero());
    let verdict = match longest {
        Some((retry_after, charge)) => {
            Verdict::Refused { scope: charge.scope.clone(), retry_after }
        }
        None => Verdict::Charged,
    };
    let is_granted = verdict == Verdict::Charged;
    let (mut used, mut changed) = (Vec::new(), Vec::new());
    for (place, (charge, mut record, trips)) in judged.into_iter().enumerate() {
        if is_granted {
            record.charge(&charge.rule, now);
        }
        if charge.scope.is_watched() {
            used.extend(charge.rule.quotas.iter().map(|quota| Used {
                scope: charge.scope.clone(),
                count: record.used(*quota, &charge.rule, now),
                of: quota.count,
            }));
        }
        if is_granted || trips {
            changed.push((place, record));
        }
    }
    Decision { charging: Charging { verdict, tripped, used }, changed }
}

/// Opens the breaker of a budget whose codes do not come back.
fn trip(record: &mut Record, charge: &Charge, now: Timestamp) -> bool {
    let Some(breaker) = charge.rule.breaker else { return false };
    let trips = record.has_collapsed(breaker, &charge.rule, now);
    if trips {
        record.paused_until = now.after(breaker.pause);
    }
    trips
}
