//! Pending codes in MongoDB: one document per purpose and destination.
//!
//! Everything that one decision reads and changes lies in one document, so that each step is one
//! write on the condition that the document is still the one that was decided on. The rules are
//! those of the [`Book`]: it is filled from the document, asked, and written back. What this
//! machine saw lately is kept in memory, so that a step usually needs no read; a document that
//! another machine has changed meanwhile fails the condition, and is read again.

mod document;
mod pending_count;
mod recent;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Result as DriverResult;

use self::document::DestinationDocument;
use self::pending_count::PendingCount;
use self::recent::Recent;
use super::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use crate::backend::{Pending, ready};
use crate::domain::{ChallengeId, Timestamp};
use crate::mongo::{self, CollectionSpec, Mongo, Seats, binary, replace_revision};
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::challenge::DestinationKey;
use crate::otp_manager::key::CodeMac;
use crate::otp_manager::{OtpRules, VerifyOtpOutcome};

/// The pending codes of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoOtps(Arc<Inner>);

struct Inner {
    mongo: Mongo,
    destinations: Collection<DestinationDocument>,
    rules: OtpRules,
    recent: Recent,
    count: PendingCount,
    seats: Seats<()>,
}

impl MongoOtps {
    /// Over a database that is looked after with [`MongoOtps::collection`].
    pub(crate) fn new(mongo: Mongo, rules: OtpRules) -> Self {
        let destinations = mongo.collection(document::COLLECTION);
        let count = PendingCount::new(destinations.clone(), rules.max_pending);
        Self(Arc::new(Inner {
            seats: Seats::new(mongo.operation_timeout()),
            mongo,
            destinations,
            rules,
            recent: Recent::default(),
            count,
        }))
    }

    /// What must be there.
    pub(crate) fn collection() -> CollectionSpec {
        document::spec()
    }

    /// Decides `step` on the document of a pending request; `nobody` when there is none.
    fn on_request<T: Send + 'static>(
        &self,
        name: &'static str,
        id: ChallengeId,
        nobody: fn() -> T,
        step: impl Fn(&mut Book) -> (T, Changes) + Send + Sync + 'static,
    ) -> Pending<T> {
        let (inner, step) = (Arc::clone(&self.0), Arc::new(step));
        let writing = self.0.mongo.write_conditionally(name, move || {
            let (inner, step) = (Arc::clone(&inner), Arc::clone(&step));
            async move {
                // What turned out to be out of date is taken out: the next attempt reads.
                let document = match inner.recent.take(id) {
                    Some(document) => Some(document),
                    None => inner.find(id).await?,
                };
                let Some(document) = document else { return Ok(mongo::Attempt::Done(nobody())) };
                inner.decide(document.key(), Some(document), &*step).await
            }
        });
        self.0.on_seat(*id.as_bytes(), writing)
    }
}

impl Inner {
    /// One step at a time on each request, and on each destination, within this machine: a crowd at
    /// one of them waits in line instead of overtaking each other for ever.
    fn on_seat<T: Send + 'static>(
        self: &Arc<Self>,
        seat: [u8; 16],
        writing: Pending<T>,
    ) -> Pending<T> {
        let inner = Arc::clone(self);
        Box::pin(async move {
            let _seat = inner.seats.take(&seat).await?;
            writing.await
        })
    }

    async fn find(&self, id: ChallengeId) -> DriverResult<Option<DestinationDocument>> {
        self.destinations.find_one(doc! { "requests.id": binary(id.as_bytes()) }).await
    }

    /// Fills a book, asks it, and writes it back if it changed and nobody else was faster.
    async fn decide<T>(
        &self,
        key: DestinationKey,
        before: Option<DestinationDocument>,
        step: impl Fn(&mut Book) -> (T, Changes),
    ) -> DriverResult<mongo::Attempt<T>> {
        let mut book = Book::new(self.rules);
        let revision = before.as_ref().map(|document| document.fill(&mut book));
        let (answer, changes) = step(&mut book);
        if changes.is_empty() {
            self.recent.keep(before);
            return Ok(mongo::Attempt::Done(answer));
        }
        self.recent.forget(before.as_ref());
        let after = DestinationDocument::of(key, &book);
        if self.replace(key, revision, after.clone()).await? {
            self.recent.keep(after);
            return Ok(mongo::Attempt::Done(answer));
        }
        Ok(mongo::Attempt::Conflict)
    }

    /// Puts `after` in the place of the document of that revision, or of none; nothing pending is
    /// no document. `false`: it is not of that revision any more.
    async fn replace(
        &self,
        key: DestinationKey,
        revision: Option<ObjectId>,
        after: Option<DestinationDocument>,
    ) -> DriverResult<bool> {
        match (revision, after) {
            (revision, Some(after)) => {
                replace_revision(&self.destinations, key.as_bytes(), revision, after).await
            }
            (Some(revision), None) => {
                let filter = doc! { "_id": binary(key.as_bytes()), "revision": revision };
                Ok(self.destinations.delete_one(filter).await?.deleted_count > 0)
            }
            (None, None) => Ok(true),
        }
    }
}

impl OtpBackend for MongoOtps {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        let key = DestinationKey::of(new.subject.purpose(), &new.subject.destination());
        let (inner, has_failed) = (Arc::clone(&self.0), Arc::new(AtomicBool::new(false)));
        let writing = self.0.mongo.write_conditionally("otps.insert", move || {
            let (inner, has_failed) = (Arc::clone(&inner), Arc::clone(&has_failed));
            let new = new.clone();
            async move {
                if inner.count.is_full(now).await? {
                    return Ok(mongo::Attempt::Done(Insertion::Full));
                }
                // Most destinations have nothing pending: that is tried without a look.
                let before = if has_failed.swap(true, Ordering::Relaxed) {
                    inner.destinations.find_one(doc! { "_id": binary(key.as_bytes()) }).await?
                } else {
                    None
                };
                let step = |book: &mut Book| book.insert(new.clone(), now);
                let attempt = inner.decide(key, before, step).await?;
                if matches!(attempt, mongo::Attempt::Done(_)) {
                    inner.count.one_more();
                }
                Ok(attempt)
            }
        });
        self.0.on_seat(*key.as_bytes(), writing)
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        self.on_request(
            "otps.attempt",
            attempt.id,
            || VerifyOtpOutcome::Refused,
            move |book| book.attempt(&attempt, now),
        )
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        self.on_request(
            "otps.resend",
            id,
            || Resending::Unknown,
            move |book| book.resend(id, mac, now),
        )
    }

    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>> {
        // What a code is for never changes. Dead, though, is only what the store says is dead:
        // another machine may have resent it.
        if let Some(found) = self.0.recent.find(id, self.0.rules, now) {
            return ready(Some(found));
        }
        let inner = Arc::clone(&self.0);
        let reading = self.0.mongo.read("otps.find", async move { inner.find(id).await });
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let Some(document) = reading.await? else { return Ok(None) };
            let mut book = Book::new(inner.rules);
            document.fill(&mut book);
            inner.recent.keep(Some(document));
            Ok(book.find(id, now))
        })
    }

    /// A TTL index removes what has expired; only the count is brought up to date.
    fn sweep(&self, now: Timestamp) -> Pending<()> {
        let inner = Arc::clone(&self.0);
        self.0.mongo.read("otps.count", async move { inner.count.refresh(now).await })
    }
}
