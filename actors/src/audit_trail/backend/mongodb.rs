//! The trail in MongoDB, of all machines together: one document per event.

mod document;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc};

use super::AuditBackend;
use crate::audit_trail::AuditEvent;
use crate::audit_trail::query::Range;
use crate::backend::{BackendError, Pending, ready};
use crate::domain::Timestamp;
use crate::migrate::Put;
use crate::mongo::{CollectionSpec, Mongo, binary};

use document::{COLLECTION, read, write};

/// The trail of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoAudit {
    mongo: Mongo,
    events: Collection<Document>,
    keep: Duration,
}

impl MongoAudit {
    /// Over a database that is looked after with [`MongoAudit::collection`]. The server removes
    /// an event when it is older than `keep`.
    pub(crate) fn new(mongo: Mongo, keep: Duration) -> Self {
        Self { events: mongo.collection(COLLECTION), mongo, keep }
    }

    /// What must be there.
    pub(crate) fn collection() -> CollectionSpec {
        document::collection()
    }
}

impl AuditBackend for MongoAudit {
    fn append(&self, events: Vec<AuditEvent>) -> Pending<()> {
        if events.is_empty() {
            return ready(());
        }
        let documents: Result<_, _> = events.iter().map(|event| write(event, self.keep)).collect();
        let Ok(documents) = documents else {
            return Box::pin(std::future::ready(Err(BackendError::Corrupt)));
        };
        // Upserts by id: unlike inserts they may be made again when their fate is unknown.
        let added = self.mongo.upsert("audit.append", COLLECTION, documents);
        Box::pin(async move {
            match added.await? {
                // Only `_id` is unique, so a conflict is an event that is there already.
                Put::Done | Put::Conflict => Ok(()),
            }
        })
    }

    fn read(&self, range: Range) -> Pending<Vec<AuditEvent>> {
        let (events, limit) = (self.events.clone(), range.limit);
        self.mongo.read("audit.read", async move {
            let batch = u32::try_from(limit).unwrap_or(u32::MAX);
            let find = events.find(filter(&range)).sort(doc! { "_id": -1 }).batch_size(batch);
            let mut documents = find.await?;
            let mut found = Vec::new();
            // Not limited by the server: what is unreadable does not count.
            while found.len() < limit {
                let Some(document) = documents.try_next().await? else { break };
                found.extend(read(document));
            }
            Ok(found)
        })
    }

    /// The server forgets on its own, by the index on `expires_at`.
    fn purge(&self, _: Timestamp, _: usize) -> Pending<usize> {
        ready(0)
    }
}

fn filter(range: &Range) -> Document {
    let mut filter = Document::new();
    if let Some(user) = range.user {
        filter.insert("user", binary(user.as_bytes()));
    }
    if let Some(event) = &range.event {
        filter.insert("event", event.as_ref());
    }
    let (from, before) = (binary(range.from.as_bytes()), binary(range.before.as_bytes()));
    filter.insert("_id", doc! { "$gte": from, "$lt": before });
    filter
}
