//! The stored shape: a state, its revision, and when it may be dropped.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::attempt_guard::key::GuardKey;
use crate::domain::Timestamp;
use crate::mongo::{Bytes, Bytes16, CollectionSpec, IndexSpec, SchemaVersion, moment};

/// Raised with each change that an older version could not read.
pub(super) const SCHEMA: i64 = 1;
/// The server's clock decides this, so it may be this far ahead of ours. A document that has
/// expired and is still there counts nothing.
const KEPT_AFTER_EXPIRY: Duration = Duration::from_hours(1);

/// What is decided on: one document each. The default is what a missing document says.
pub(super) trait State: Clone + Default + PartialEq + Send + Sync + 'static {
    /// As it is stored.
    type Stored: Serialize + DeserializeOwned + Send + Sync + Unpin + 'static;
    /// Where.
    const COLLECTION: &'static str;
    /// The operations on it, for logs: read, write, trim.
    const OPERATIONS: Operations;

    /// The `$jsonSchema` of the stored form.
    fn json_schema() -> Document;
    fn store(&self) -> Self::Stored;
    fn restore(stored: Self::Stored) -> Self;
}

/// Names for logs.
#[derive(Clone, Copy)]
pub(super) struct Operations {
    pub(super) read: &'static str,
    pub(super) write: &'static str,
    pub(super) trim: &'static str,
}

/// A document.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept<S> {
    #[serde(rename = "_id")]
    pub(super) id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    /// Of no two writes the same, so that a document which was removed and made anew is told apart.
    pub(super) revision: ObjectId,
    /// For the clean-up only.
    pub(super) expires_at: DateTime,
    pub(super) state: S,
}

impl<S> Kept<S> {
    pub(super) fn new(key: GuardKey, state: S, expires_at: Timestamp) -> Self {
        Self {
            id: Bytes(*key.as_bytes()),
            schema: SchemaVersion,
            revision: ObjectId::new(),
            expires_at: moment(expires_at),
            state,
        }
    }
}

pub(super) fn spec<S: State>() -> CollectionSpec {
    CollectionSpec {
        name: S::COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": ["_id", "schema", "revision", "expires_at", "state"],
            "properties": {
                "_id": { "bsonType": "binData" },
                "schema": { "bsonType": ["int", "long"], "minimum": 1 },
                "revision": { "bsonType": "objectId" },
                "expires_at": { "bsonType": "date" },
                "state": S::json_schema(),
            },
        },
        indexes: vec![IndexSpec {
            name: "expiry",
            keys: doc! { "expires_at": 1 },
            is_unique: false,
            expire_after: Some(KEPT_AFTER_EXPIRY),
        }],
    }
}

/// An object with exactly these fields required.
pub(super) fn object(fields: Document) -> Document {
    let required: Vec<&String> = fields.keys().collect();
    doc! { "bsonType": "object", "required": required, "properties": fields }
}

/// A whole number, not negative.
pub(super) fn count() -> Document {
    doc! { "bsonType": ["int", "long"], "minimum": 0 }
}

/// A record with the tries under way.
pub(super) fn counted(record: Document) -> Document {
    object(doc! {
        "record": record,
        "in_flight": object(doc! {
            "young": count(), "old": count(), "since": count(), "last_at": count(),
        }),
    })
}
