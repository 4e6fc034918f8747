//! Writes that depend on what was read.

use std::time::Duration;

use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Result as DriverResult;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{Mongo, binary, duplicate_key};
use crate::backend::{BackendError, Pending};

/// Before the second attempt. It doubles with each further one: what beat the first attempt can
/// be read once a majority has it.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(32);

/// How an attempt at a conditional write ended.
pub(crate) enum Attempt<T> {
    /// It was written, or there was nothing to write.
    Done(T),
    /// What it was decided on has changed meanwhile. Nothing was written.
    Conflict,
}

/// Puts `after` in the place of the document `id` of that revision, or of none. `false`: it is not
/// of that revision any more.
///
/// Never an upsert: what was removed must not come back with what it once said.
pub(crate) async fn replace_revision<T: Serialize + Send + Sync>(
    collection: &Collection<T>,
    id: &[u8; 16],
    revision: Option<ObjectId>,
    after: T,
) -> DriverResult<bool> {
    if let Some(revision) = revision {
        let filter = doc! { "_id": binary(id), "revision": revision };
        return Ok(collection.replace_one(filter, after).await?.matched_count > 0);
    }
    match collection.insert_one(after).await {
        Ok(_) => Ok(true),
        Err(error) if duplicate_key(&error).is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

impl Mongo {
    /// Reads, decides, and writes on the condition that what was decided on has not changed; and
    /// again, while others are faster and the time of an operation lasts. `Unavailable`: they
    /// were faster to the end, and nothing was written.
    pub(crate) fn write_conditionally<T, A, F>(
        &self,
        name: &'static str,
        mut attempt: A,
    ) -> Pending<T>
    where
        T: Send + 'static,
        A: FnMut() -> F + Send + 'static,
        F: Future<Output = DriverResult<Attempt<T>>> + Send + 'static,
    {
        let time = self.operation_timeout();
        let writing = self.write(name, async move {
            let end = Instant::now() + time;
            let mut pause = FIRST_PAUSE;
            loop {
                if let Attempt::Done(answer) = attempt().await? {
                    return Ok(Some(answer));
                }
                if Instant::now() + pause >= end {
                    return Ok(None);
                }
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        });
        Box::pin(async move { writing.await?.ok_or(BackendError::Unavailable) })
    }
}
