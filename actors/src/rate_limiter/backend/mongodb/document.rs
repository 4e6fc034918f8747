//! The stored shape of a budget.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};

use super::Kept;
use crate::mongo::{Bytes, Bytes16, CollectionSpec, IndexSpec, SchemaVersion, moment, timestamp};
use crate::rate_limiter::budget::{Record, Slot};
use crate::rate_limiter::key::BudgetKey;

pub(super) const COLLECTION: &str = "send_budgets";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct BudgetDocument {
    #[serde(rename = "_id")]
    pub(super) id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    /// New with each change.
    pub(super) revision: ObjectId,
    expires_at: DateTime,
    paused_until: DateTime,
    slots: Vec<SlotDocument>,
}

#[derive(Serialize, Deserialize)]
struct SlotDocument {
    start: DateTime,
    sent: u32,
    verified: u32,
}

impl BudgetDocument {
    pub(super) fn of(key: BudgetKey, (record, expires_at): &Kept) -> Self {
        let slot = |slot: &Slot| SlotDocument {
            start: moment(slot.start),
            sent: slot.sent,
            verified: slot.verified,
        };
        Self {
            id: Bytes(*key.as_bytes()),
            schema: SchemaVersion,
            revision: ObjectId::new(),
            expires_at: moment(*expires_at),
            paused_until: moment(record.paused_until),
            slots: record.slots.iter().map(slot).collect(),
        }
    }
}

impl From<BudgetDocument> for Kept {
    fn from(document: BudgetDocument) -> Self {
        let slot = |slot: SlotDocument| Slot {
            start: timestamp(slot.start),
            sent: slot.sent,
            verified: slot.verified,
        };
        let record = Record {
            slots: document.slots.into_iter().map(slot).collect(),
            paused_until: timestamp(document.paused_until),
        };
        (record, timestamp(document.expires_at))
    }
}

pub(super) fn spec() -> CollectionSpec {
    let number = doc! { "bsonType": ["int", "long"], "minimum": 0 };
    CollectionSpec {
        name: COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": ["_id", "schema", "revision", "expires_at", "paused_until", "slots"],
            "properties": {
                "_id": { "bsonType": "binData" },
                "schema": number.clone(),
                "revision": { "bsonType": "objectId" },
                "expires_at": { "bsonType": "date" },
                "paused_until": { "bsonType": "date" },
                "slots": {
                    "bsonType": "array",
                    "items": {
                        "bsonType": "object",
                        "required": ["start", "sent", "verified"],
                        "properties": {
                            "start": { "bsonType": "date" },
                            "sent": number.clone(),
                            "verified": number,
                        },
                    },
                },
            },
        },
        indexes: vec![IndexSpec {
            name: "expiry",
            keys: doc! { "expires_at": 1 },
            is_unique: false,
            expire_after: Some(Duration::ZERO),
        }],
    }
}
