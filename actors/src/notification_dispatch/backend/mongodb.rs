//! The outbox in MongoDB, shared by all machines: one document per entry.

#[cfg(test)]
mod tests;

use mongodb::Collection;
use mongodb::bson::{self, Bson, Document, doc};
use mongodb::error::Result as DriverResult;
use mongodb::options::ReturnDocument;
use serde::{Deserialize, Serialize};
use tracing::error;

use super::{OutboxBackend, PutOutcome};
use crate::backend::{BackendError, Pending};
use crate::domain::{Language, OutboxId, Timestamp};
use crate::mongo::{
    Bytes, Bytes16, CollectionSpec, IndexSpec, Mongo, SchemaVersion, binary, duplicate_key, moment,
    timestamp,
};
use crate::notification_dispatch::outbox::{News, OutboxEntry};
use crate::notification_dispatch::retry::History;

const COLLECTION: &str = "outbox";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;

/// The outbox of all machines that share a database.
#[derive(Clone)]
pub(crate) struct MongoOutbox {
    mongo: Mongo,
    entries: Collection<Document>,
    capacity: u64,
}

#[derive(Serialize, Deserialize)]
struct EntryDocument {
    #[serde(rename = "_id")]
    id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    due_at: bson::DateTime,
    claim: i64,
    tries: i64,
    perhaps_delivered: bool,
    queued_at: bson::DateTime,
    valid_until: bson::DateTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    language: Language,
    news: News,
}

impl MongoOutbox {
    /// Over a database that is looked after with [`MongoOutbox::collection`]. When `capacity`
    /// entries are kept, about that many, further ones are refused.
    pub(crate) fn new(mongo: Mongo, capacity: usize) -> Self {
        Self { entries: mongo.collection(COLLECTION), mongo, capacity: capacity as u64 }
    }

    /// What must be there.
    pub(crate) fn collection() -> CollectionSpec {
        let (date, integer) = (doc! { "bsonType": "date" }, doc! { "bsonType": ["int", "long"] });
        CollectionSpec {
            name: COLLECTION,
            json_schema: doc! {
                "bsonType": "object",
                "required": [
                    "_id", "schema", "due_at", "claim", "tries", "perhaps_delivered",
                    "queued_at", "valid_until", "language", "news",
                ],
                "properties": {
                    "_id": { "bsonType": "binData" },
                    "schema": integer.clone(),
                    "due_at": date.clone(),
                    "claim": integer.clone(),
                    "tries": integer,
                    "perhaps_delivered": { "bsonType": "bool" },
                    "queued_at": date.clone(),
                    "valid_until": date,
                    "request_id": { "bsonType": "string" },
                    "language": { "bsonType": "string" },
                    "news": { "bsonType": "object" },
                },
            },
            indexes: vec![IndexSpec {
                name: "due_at",
                keys: doc! { "due_at": 1 },
                is_unique: false,
                expire_after: None,
            }],
        }
    }
}

impl OutboxBackend for MongoOutbox {
    fn put(&self, entry: OutboxEntry, held_until: Timestamp) -> Pending<PutOutcome> {
        let document = EntryDocument::new(entry, held_until);
        let Ok(document) = bson::serialize_to_document(&document) else {
            return Box::pin(std::future::ready(Err(BackendError::Corrupt)));
        };
        let (entries, capacity) = (self.entries.clone(), self.capacity);
        self.mongo.write("outbox.put", async move {
            // From the collection's metadata: other machines may add a few meanwhile.
            if entries.estimated_document_count().await? >= capacity {
                return Ok(PutOutcome::Full);
            }
            match entries.insert_one(document).await {
                Ok(_) => Ok(PutOutcome::Kept),
                Err(error) if duplicate_key(&error).is_some() => Ok(PutOutcome::Kept),
                Err(error) => Err(error),
            }
        })
    }

    fn claim_due(
        &self,
        now: Timestamp,
        held_until: Timestamp,
        limit: usize,
    ) -> Pending<Vec<OutboxEntry>> {
        let entries = self.entries.clone();
        self.mongo.write("outbox.claim_due", async move {
            let mut claimed = Vec::new();
            for _ in 0..limit {
                match claim_one(&entries, now, held_until).await? {
                    Some(document) => claimed.extend(read(document)),
                    None => break,
                }
            }
            Ok(claimed)
        })
    }

    fn settle(&self, id: OutboxId) -> Pending<()> {
        let entries = self.entries.clone();
        self.mongo.write("outbox.settle", async move {
            entries.delete_one(doc! { "_id": binary(id.as_bytes()) }).await?;
            Ok(())
        })
    }

    fn postpone(
        &self,
        id: OutboxId,
        claim: u32,
        until: Timestamp,
        history: History,
    ) -> Pending<()> {
        let entries = self.entries.clone();
        let filter = doc! { "_id": binary(id.as_bytes()), "claim": i64::from(claim) };
        let change = doc! { "$set": {
            "due_at": moment(until),
            "tries": i64::from(history.tries),
            "perhaps_delivered": history.perhaps_delivered,
        } };
        self.mongo.write("outbox.postpone", async move {
            entries.update_one(filter, change).await?;
            Ok(())
        })
    }
}

/// Claims the entry that has been due longest.
async fn claim_one(
    entries: &Collection<Document>,
    now: Timestamp,
    held_until: Timestamp,
) -> DriverResult<Option<Document>> {
    let due = doc! { "due_at": { "$lte": moment(now) } };
    let claim = doc! { "$set": { "due_at": moment(held_until) }, "$inc": { "claim": 1_i64 } };
    entries
        .find_one_and_update(due, claim)
        .sort(doc! { "due_at": 1 })
        .return_document(ReturnDocument::After)
        .await
}

/// An unreadable entry stays, and holds up nothing but itself.
fn read(document: Document) -> Option<OutboxEntry> {
    let entry = bson::deserialize_from_bson::<EntryDocument>(Bson::Document(document));
    let entry = entry.map_err(|_| BackendError::Corrupt).and_then(OutboxEntry::try_from);
    entry.inspect_err(|cause| error!(%cause, "unreadable news")).ok()
}

impl EntryDocument {
    fn new(entry: OutboxEntry, due_at: Timestamp) -> Self {
        Self {
            id: Bytes(*entry.id.as_bytes()),
            schema: SchemaVersion,
            due_at: moment(due_at),
            claim: i64::from(entry.claim),
            tries: i64::from(entry.history.tries),
            perhaps_delivered: entry.history.perhaps_delivered,
            queued_at: moment(entry.queued_at),
            valid_until: moment(entry.valid_until),
            request_id: entry.request_id,
            language: entry.language,
            news: entry.news,
        }
    }
}

impl TryFrom<EntryDocument> for OutboxEntry {
    type Error = BackendError;

    fn try_from(entry: EntryDocument) -> Result<Self, BackendError> {
        let number = |number: i64| u32::try_from(number).map_err(|_| BackendError::Corrupt);
        let tries = number(entry.tries)?;
        Ok(Self {
            id: OutboxId::from_bytes(entry.id.0),
            news: entry.news,
            language: entry.language,
            request_id: entry.request_id,
            queued_at: timestamp(entry.queued_at),
            valid_until: timestamp(entry.valid_until),
            history: History { tries, perhaps_delivered: entry.perhaps_delivered },
            claim: number(entry.claim)?,
        })
    }
}
