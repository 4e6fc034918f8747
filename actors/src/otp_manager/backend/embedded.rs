//! Pending codes in the embedded store: one transaction per step, so that attempts and consumed
//! codes survive a kill (S-15). Nothing is held in memory but the store's cache.

mod keys;
mod record;
mod tables;

use super::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use crate::backend::{BackendError, Pending};
use crate::domain::{ChallengeId, Timestamp};
use crate::embedded::Store;
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::challenge::DestinationKey;
use crate::otp_manager::key::CodeMac;
use crate::otp_manager::{OtpRules, VerifyOtpOutcome};
use tables::Tables;

/// Expired requests freed at once: bounds the time a transaction takes.
///
/// 1 000 every 5 s outruns 100 000 requests that live 10 minutes.
const SWEEP_BATCH: usize = 1_000;

/// The pending codes of this machine's store.
pub(crate) struct EmbeddedOtps {
    store: Store,
    rules: OtpRules,
}

impl EmbeddedOtps {
    /// Creates the tables that are missing, and deletes what expired while nobody looked.
    pub(crate) async fn open(
        store: Store,
        rules: OtpRules,
        now: Timestamp,
    ) -> Result<Self, BackendError> {
        let opening = store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            tables.index()?;
            tables.remove_expired(now, usize::MAX)
        });
        opening.await?;
        Ok(Self { store, rules })
    }

    /// Decides `step` on the requests to the destination of `id`. An unknown one is like none.
    fn on_request<T: Send + 'static>(
        &self,
        id: ChallengeId,
        step: impl FnOnce(&mut Book) -> (T, Changes) + Send + 'static,
    ) -> Pending<T> {
        let rules = self.rules;
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            match tables.destination_of(id)? {
                Some(destination) => tables.decide(destination, rules, step),
                None => Ok(step(&mut Book::new(rules)).0),
            }
        })
    }
}

impl OtpBackend for EmbeddedOtps {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        let rules = self.rules;
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            if tables.len()? >= rules.max_pending {
                tables.remove_expired(now, SWEEP_BATCH)?;
            }
            if tables.len()? >= rules.max_pending {
                return Ok(Insertion::Full);
            }
            let destination = DestinationKey::of(new.subject.purpose(), &new.subject.destination());
            tables.decide(destination, rules, |book| book.insert(new, now))
        })
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        self.on_request(attempt.id, move |book| book.attempt(&attempt, now))
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        self.on_request(id, move |book| book.resend(id, mac, now))
    }

    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>> {
        let rules = self.rules;
        self.store.read(move |transaction| {
            let mut book = Book::new(rules);
            if let Some(challenge) = tables::challenge(transaction, id)? {
                book.restore(id, challenge);
            }
            Ok(book.find(id, now))
        })
    }

    fn sweep(&self, now: Timestamp) -> Pending<()> {
        let looking = self.store.read(move |transaction| tables::has_expired(transaction, now));
        let store = self.store.clone();
        Box::pin(async move {
            // Nothing is written every few seconds where nobody signs up.
            if looking.await? {
                let sweep = move |transaction: &_| {
                    Tables::open(transaction)?.remove_expired(now, SWEEP_BATCH)
                };
                store.write(sweep).await?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
