//! Decisions on documents: read, decide, and write on the condition that nothing has changed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::document::{Kept, State};
use crate::attempt_guard::account::NEVER;
use crate::attempt_guard::key::GuardKey;
use crate::backend::{BackendError, Pending};
use crate::domain::Timestamp;
use crate::mongo::{Mongo, Seats, binary, moment, replace_revision};
use crate::runtime::Random;

/// The pause after a lost round is random, so that machines fall out of step: up to 2 ms, doubled
/// each time, up to this.
const LONGEST_PAUSE_MILLIS: u32 = 32;
/// Documents removed by one trim.
const TRIMMED_AT_MOST: i64 = 10_000;

/// All documents of one kind.
pub(super) struct Decisions<S: State>(Arc<Inner<S>>);

struct Inner<S: State> {
    mongo: Mongo,
    documents: Collection<Kept<S::Stored>>,
    random: Arc<dyn Random>,
    /// On each seat, the document as this machine last saw it.
    seats: Seats<Seen<S>>,
}

/// A document at one moment.
struct Seen<S> {
    key: GuardKey,
    /// `None`: there is none.
    revision: Option<ObjectId>,
    state: S,
}

/// What a rule decides.
pub(super) struct Verdict<S, T> {
    /// As it shall be. Unchanged: nothing is written.
    pub(super) state: S,
    /// When it may be dropped.
    pub(super) expires_at: Timestamp,
    pub(super) answer: T,
}

impl<S: State> Decisions<S> {
    pub(super) fn new(mongo: &Mongo, random: &Arc<dyn Random>) -> Self {
        Self(Arc::new(Inner {
            mongo: mongo.clone(),
            documents: mongo.collection(S::COLLECTION),
            random: Arc::clone(random),
            seats: Seats::new(mongo.operation_timeout()),
        }))
    }

    /// Applies `rule` to a document as one step: whatever other machines do at the same time, it
    /// decides on what is there, and the answer is given when its change is durable.
    ///
    /// The rule is asked again when another machine was faster: one of them succeeds in each round.
    /// After the time of an operation the decision is refused.
    pub(super) fn decide<T: Send + 'static>(
        &self,
        key: GuardKey,
        rule: impl Fn(S) -> Verdict<S, T> + Send + 'static,
    ) -> Pending<T> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.decide(key, rule).await })
    }

    /// What is there, without changing it.
    pub(super) fn look(&self, key: GuardKey) -> Pending<S> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { Ok(inner.read(key).await?.state) })
    }

    /// Removes what expires soonest, if there are more than `at_most` documents (S-57).
    pub(super) fn trim(&self, at_most: u64) -> Pending<()> {
        let documents = self.0.documents.clone_with_type::<Document>();
        self.0.mongo.write(S::OPERATIONS.trim, async move {
            let excess = documents.estimated_document_count().await?.saturating_sub(at_most);
            if excess == 0 {
                return Ok(());
            }
            let expiring = doc! { "expires_at": { "$lt": moment(NEVER) } };
            let soonest = documents.find(expiring).sort(doc! { "expires_at": 1 });
            let soonest =
                soonest.limit(i64::try_from(excess).unwrap_or(i64::MAX).min(TRIMMED_AT_MOST));
            let found: Vec<Document> =
                soonest.projection(doc! { "_id": 1 }).await?.try_collect().await?;
            let ids: Vec<&Bson> = found.iter().filter_map(|document| document.get("_id")).collect();
            documents.delete_many(doc! { "_id": { "$in": ids } }).await.map(drop)
        })
    }
}

impl<S: State> Inner<S> {
    async fn decide<T>(
        &self,
        key: GuardKey,
        rule: impl Fn(S) -> Verdict<S, T>,
    ) -> Result<T, BackendError> {
        let mut seat = self.seats.take(key.as_bytes()).await?;
        let mut remembered = seat.take().filter(|seen| seen.key == key);
        let end = Instant::now() + self.mongo.operation_timeout();
        for round in 0.. {
            if Instant::now() >= end {
                break;
            }
            let is_remembered = remembered.is_some();
            let seen = match remembered.take() {
                Some(seen) => seen,
                None => self.read(key).await?,
            };
            let Verdict { state, expires_at, answer } = rule(seen.state.clone());
            if state == seen.state {
                if is_remembered {
                    // Only a write proves that what is remembered is still so.
                    continue;
                }
                *seat = Some(seen);
                return Ok(answer);
            }
            if let Some(revision) = self.write(&seen, &state, expires_at).await? {
                *seat = Some(Seen { key, revision: Some(revision), state });
                return Ok(answer);
            }
            if !is_remembered {
                sleep(self.pause(round)).await;
            }
        }
        warn!(collection = S::COLLECTION, "too many machines decide on one document at once");
        Err(BackendError::Unavailable)
    }

    async fn read(&self, key: GuardKey) -> Result<Seen<S>, BackendError> {
        let documents = self.documents.clone();
        let filter = doc! { "_id": binary(key.as_bytes()) };
        let found =
            self.mongo.read(S::OPERATIONS.read, async move { documents.find_one(filter).await });
        let Some(kept) = found.await? else {
            return Ok(Seen { key, revision: None, state: S::default() });
        };
        let revision = Some(kept.revision);
        Ok(Seen { key, revision, state: S::restore(kept.state) })
    }

    /// Replaces what was seen. `None`: that is no longer what is there.
    async fn write(
        &self,
        seen: &Seen<S>,
        state: &S,
        expires_at: Timestamp,
    ) -> Result<Option<ObjectId>, BackendError> {
        let document = Kept::new(seen.key, state.store(), expires_at);
        let (key, revision) = (seen.key, document.revision);
        let (documents, before) = (self.documents.clone(), seen.revision);
        let written = self.mongo.write(S::OPERATIONS.write, async move {
            replace_revision(&documents, key.as_bytes(), before, document).await
        });
        Ok(written.await?.then_some(revision))
    }

    fn pause(&self, round: u32) -> Duration {
        let longest = 2_u32.saturating_pow(round + 1).min(LONGEST_PAUSE_MILLIS);
        Duration::from_millis(u64::from(self.random.below(longest)))
    }
}
