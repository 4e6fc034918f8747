//! Budgets in MongoDB: one document each, shared by all machines on one database.
//!
//! A message touches several documents, and each is charged by a conditional write of its own,
//! the narrowest budget first. When one of them has no room after all, those before it are
//! refunded; a machine that dies in between leaves a charge too many, never one too few.

mod document;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Binary, doc};
use tokio::sync::Mutex;

use self::document::BudgetDocument;
use super::BudgetBackend;
use crate::backend::{BackendError, Pending, ready};
use crate::domain::Timestamp;
use crate::mongo::{Attempt, CollectionSpec, Mongo, binary, replace_revision};
use crate::rate_limiter::budget::Record;
use crate::rate_limiter::charge::Charge;
use crate::rate_limiter::decide::{Charging, Decision, Verdict, decide};
use crate::rate_limiter::key::BudgetKey;

/// A record, and when it says nothing any more.
type Kept = (Record, Timestamp);

/// The budgets of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoBudgets {
    mongo: Mongo,
    budgets: Collection<BudgetDocument>,
    /// Who on this machine may charge a budget that every message touches. In turns they succeed
    /// at once; all at once they would defeat each other.
    turn: Arc<Mutex<()>>,
}

impl MongoBudgets {
    /// Over a database that is looked after with [`MongoBudgets::collection`].
    pub(crate) fn new(mongo: Mongo) -> Self {
        Self { budgets: mongo.collection(document::COLLECTION), mongo, turn: Arc::default() }
    }

    /// What must be there.
    pub(crate) fn collection() -> CollectionSpec {
        document::spec()
    }

    /// Decides on what is there now, with one read and without changing anything.
    async fn foresee(&self, charges: &[Charge], now: Timestamp) -> Result<Decision, BackendError> {
        let ids: Vec<_> = charges.iter().map(|charge| id(charge.key)).collect();
        let budgets = self.budgets.clone();
        let found = self.mongo.read("budgets.find", async move {
            budgets.find(doc! { "_id": { "$in": ids } }).await?.try_collect::<Vec<_>>().await
        });
        let mut records: HashMap<_, _> =
            found.await?.into_iter().map(|found| (found.id.0, Kept::from(found).0)).collect();
        let mut record = |charge: &Charge| records.remove(charge.key.as_bytes());
        Ok(decide(charges.iter().map(|c| (c, record(c).unwrap_or_default())).collect(), now))
    }

    /// Charges one budget, or opens its breaker.
    async fn charge_one(&self, charge: &Charge, now: Timestamp) -> Result<Charging, BackendError> {
        let _turn = if charge.scope.is_shared() { Some(self.turn.lock().await) } else { None };
        let charge = charge.clone();
        self.change("budgets.charge", charge.key, move |kept| {
            let before = kept.map(|(record, _)| record).unwrap_or_default();
            let Decision { charging, changed } = decide(vec![(&charge, before)], now);
            (charging, changed.into_iter().next().map(|(_, record)| kept_for(&charge, record)))
        })
        .await
    }

    async fn refund(&self, charge: &Charge, at: Timestamp) -> Result<(), BackendError> {
        let charge = charge.clone();
        self.change("budgets.refund", charge.key, move |kept| {
            let after = kept.map(|(mut record, _)| {
                record.refund(at);
                kept_for(&charge, record)
            });
            ((), after)
        })
        .await
    }

    /// One read, and one write if `step` changes anything.
    fn change<T, S>(&self, name: &'static str, key: BudgetKey, step: S) -> Pending<T>
    where
        T: Send + 'static,
        S: Fn(Option<Kept>) -> (T, Option<Kept>) + Send + Sync + 'static,
    {
        let (budgets, step) = (self.budgets.clone(), Arc::new(step));
        self.mongo.write_conditionally(name, move || {
            let (budgets, step) = (budgets.clone(), Arc::clone(&step));
            async move {
                let found = budgets.find_one(doc! { "_id": id(key) }).await?;
                let revision = found.as_ref().map(|found| found.revision);
                let (answer, after) = step(found.map(Kept::from));
                let Some(after) = after else { return Ok(Attempt::Done(answer)) };
                let after = BudgetDocument::of(key, &after);
                let is_stored = replace_revision(&budgets, key.as_bytes(), revision, after).await?;
                Ok(if is_stored { Attempt::Done(answer) } else { Attempt::Conflict })
            }
        })
    }
}

fn kept_for(charge: &Charge, record: Record) -> Kept {
    let expires_at = record.expires_at(&charge.rule);
    (record, expires_at)
}

fn id(key: BudgetKey) -> Binary {
    binary(key.as_bytes())
}

impl BudgetBackend for MongoBudgets {
    fn charge(&self, charges: Vec<Charge>, now: Timestamp) -> Pending<Charging> {
        let this = self.clone();
        Box::pin(async move {
            let Decision { charging: foreseen, changed } = this.foresee(&charges, now).await?;
            if foreseen.verdict == Verdict::Charged {
                return this.charge_all(&charges, now).await;
            }
            // What changes although nothing is charged is a breaker that opens.
            let opening = changed.iter().filter_map(|(place, _)| charges.get(*place));
            let mut tripped = Vec::new();
            for charge in opening {
                let opened = this.charge_one(charge, now).await?;
                if opened.verdict == Verdict::Charged {
                    this.refund(charge, now).await?; // it came to nothing meanwhile
                }
                tripped.extend(opened.tripped);
            }
            Ok(Charging { tripped, ..foreseen })
        })
    }

    fn verified(&self, keys: Vec<BudgetKey>) -> Pending<()> {
        let this = self.clone();
        Box::pin(async move {
            for key in keys {
                let counted = this.change("budgets.verified", key, |kept| {
                    let after = kept.map(|(mut record, expires_at)| {
                        record.verified();
                        (record, expires_at)
                    });
                    ((), after)
                });
                counted.await?;
            }
            Ok(())
        })
    }

    /// A TTL index removes what has expired.
    fn sweep(&self, _: Timestamp) -> Pending<()> {
        ready(())
    }
}

impl MongoBudgets {
    async fn charge_all(
        &self,
        charges: &[Charge],
        now: Timestamp,
    ) -> Result<Charging, BackendError> {
        let mut all = Charging { verdict: Verdict::Charged, tripped: Vec::new(), used: Vec::new() };
        for (place, charge) in charges.iter().enumerate() {
            let Charging { verdict, tripped, used } = self.charge_one(charge, now).await?;
            all.tripped.extend(tripped);
            all.used.extend(used);
            if verdict != Verdict::Charged {
                all.verdict = verdict;
                for charged in charges.iter().take(place) {
                    self.refund(charged, now).await?;
                }
                break;
            }
        }
        Ok(all)
    }
}
