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

use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Result as DriverResult;

use self::document::DestinationDocument;
use self::pending_count::PendingCount;
use self::recent::Recent;
use super::{Attempt, Found, Insertion, NewChallenge, OtpBackend, Resending};
use crate::backend::{BackendError, Pending, ready};
use crate::domain::{ChallengeId, Timestamp};
use crate::mongo::{CollectionSpec, Mongo, Seats, binary, duplicate_key};
use crate::otp_manager::book::{Book, Changes};
use crate::otp_manager::challenge::DestinationKey;
use crate::otp_manager::key::CodeMac;
use crate::otp_manager::{OtpRules, VerifyOtpOutcome};

/// How often a step is decided anew because another one was faster. Each such loss means that
/// somebody else's step succeeded, and a document admits few of them.
const TRIES: usize = 32;

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

/// What became of a step.
enum Step<T> {
    Done(T),
    /// Somebody else changed the document: decide again.
    Lost,
}

impl MongoOtps {
    /// Over a database that is looked after with [`MongoOtps::collection`].
    pub(crate) fn new(mongo: Mongo, rules: OtpRules) -> Self {
        let destinations = mongo.collection(document::COLLECTION);
        let count = PendingCount::new(destinations.clone(), rules.max_pending);
        Self(Arc::new(Inner {
            mongo,
            destinations,
            rules,
            recent: Recent::default(),
            count,
            seats: Seats::new(),
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
        nobody: T,
        step: impl Fn(&mut Book) -> (T, Changes) + Send + Sync + 'static,
    ) -> Pending<T> {
        let inner = Arc::clone(&self.0);
        let work = async move {
            for tries in 0..TRIES {
                let cached = inner.recent.take(id).filter(|_| tries == 0);
                let document = match cached {
                    Some(document) => Some(document),
                    None => inner.find(id).await?,
                };
                let Some(document) = document else { return Ok(Ok(nobody)) };
                let key = match document.key() {
                    Ok(key) => key,
                    Err(error) => return Ok(Err(error)),
                };
                match inner.decide(key, Some(document), &step).await? {
                    Ok(Step::Done(answer)) => return Ok(Ok(answer)),
                    Ok(Step::Lost) => {}
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Err(BackendError::Unavailable))
        };
        self.0.on_seat(*id.as_bytes(), name, work)
    }
}

impl Inner {
    /// One step at a time on each request, and on each destination, within this machine: a crowd at
    /// one of them waits in line instead of overtaking each other for ever.
    fn on_seat<T, F>(self: &Arc<Self>, seat: [u8; 16], name: &'static str, work: F) -> Pending<T>
    where
        T: Send + 'static,
        F: Future<Output = DriverResult<Result<T, BackendError>>> + Send + 'static,
    {
        let inner = Arc::clone(self);
        Box::pin(async move {
            let _seat = inner.seats.take(&seat).await?;
            inner.mongo.write(name, work).await?
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
    ) -> DriverResult<Result<Step<T>, BackendError>> {
        let mut book = Book::new(self.rules);
        let revision = match before.as_ref().map(|document| document.fill(&mut book)) {
            None => None,
            Some(Ok(revision)) => Some(revision),
            Some(Err(error)) => return Ok(Err(error)),
        };
        let (answer, changes) = step(&mut book);
        if changes.is_empty() {
            self.recent.keep(before);
            return Ok(Ok(Step::Done(answer)));
        }
        self.recent.forget(before.as_ref());
        let after = DestinationDocument::of(key, &book);
        if self.replace(key, revision, after.clone()).await? {
            self.recent.keep(after);
            return Ok(Ok(Step::Done(answer)));
        }
        Ok(Ok(Step::Lost))
    }

    /// Puts `after` in the place of the document of that revision, or of none. `false`: it is not
    /// of that revision any more.
    async fn replace(
        &self,
        key: DestinationKey,
        revision: Option<ObjectId>,
        after: Option<DestinationDocument>,
    ) -> DriverResult<bool> {
        let id = binary(key.as_bytes());
        let Some(revision) = revision else {
            let Some(first) = after else { return Ok(true) };
            return match self.destinations.insert_one(first).await {
                Ok(_) => Ok(true),
                Err(error) if duplicate_key(&error).is_some() => Ok(false),
                Err(error) => Err(error),
            };
        };
        let filter = doc! { "_id": id, "revision": revision };
        Ok(match after {
            Some(after) => self.destinations.replace_one(filter, after).await?.matched_count > 0,
            None => self.destinations.delete_one(filter).await?.deleted_count > 0,
        })
    }
}

impl OtpBackend for MongoOtps {
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion> {
        let key = DestinationKey::of(new.subject.purpose(), &new.subject.destination());
        let inner = Arc::clone(&self.0);
        let work = async move {
            if inner.count.is_full(now).await? {
                return Ok(Ok(Insertion::Full));
            }
            // Most destinations have nothing pending: that is tried without a look.
            let mut before = None;
            for _ in 0..TRIES {
                let step = |book: &mut Book| book.insert(new.clone(), now);
                match inner.decide(key, before, step).await? {
                    Ok(Step::Done(insertion)) => {
                        inner.count.one_more();
                        return Ok(Ok(insertion));
                    }
                    Ok(Step::Lost) => {}
                    Err(error) => return Ok(Err(error)),
                }
                let filter = doc! { "_id": binary(key.as_bytes()) };
                before = inner.destinations.find_one(filter).await?;
            }
            Ok(Err(BackendError::Unavailable))
        };
        self.0.on_seat(*key.as_bytes(), "otps.insert", work)
    }

    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome> {
        self.on_request("otps.attempt", attempt.id, VerifyOtpOutcome::Refused, move |book| {
            book.attempt(&attempt, now)
        })
    }

    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending> {
        self.on_request("otps.resend", id, Resending::Unknown, move |book| {
            book.resend(id, mac, now)
        })
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
            document.fill(&mut book)?;
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
