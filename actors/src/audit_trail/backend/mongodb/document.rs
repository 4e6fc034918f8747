//! How an event is stored, and what its collection needs.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use mongodb::bson::{self, Binary, Bson, Document, doc};
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::audit_trail::AuditEvent;
use crate::domain::{AuditId, UserId};
use crate::mongo::{Bytes, Bytes16, CollectionSpec, IndexSpec, SchemaVersion, binary, moment};

pub(super) const COLLECTION: &str = "audit_events";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;

#[derive(Serialize, Deserialize)]
struct EventDocument {
    #[serde(rename = "_id")]
    id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    /// Told by `_id` as well: for people.
    at: bson::DateTime,
    expires_at: bson::DateTime,
    event: Cow<'static, str>,
    outcome: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<Bytes16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// What must be there: an index for each question, which ends with the order of the answer.
pub(super) fn collection() -> CollectionSpec {
    let (date, text) = (doc! { "bsonType": "date" }, doc! { "bsonType": "string" });
    let index = |name, keys| IndexSpec { name, keys, is_unique: false, expire_after: None };
    CollectionSpec {
        name: COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": ["_id", "schema", "at", "expires_at", "event", "outcome"],
            "properties": {
                "_id": { "bsonType": "binData" },
                "schema": { "bsonType": ["int", "long"] },
                "at": date.clone(),
                "expires_at": date,
                "event": text.clone(),
                "outcome": text.clone(),
                "factor": text.clone(),
                "user": { "bsonType": "binData" },
                "subject": text.clone(),
                "ip": text.clone(),
                "request_id": text,
            },
        },
        indexes: vec![
            index("user", doc! { "user": 1, "_id": -1 }),
            index("event", doc! { "event": 1, "_id": -1 }),
            index("user_event", doc! { "user": 1, "event": 1, "_id": -1 }),
            IndexSpec {
                expire_after: Some(Duration::ZERO),
                ..index("expiry", doc! { "expires_at": 1 })
            },
        ],
    }
}

/// An event as its id and the document that replaces what has that id.
pub(super) fn write(
    event: &AuditEvent,
    keep: Duration,
) -> Result<(Binary, Document), bson::error::Error> {
    let at = event.id.at();
    let document = EventDocument {
        id: Bytes(*event.id.as_bytes()),
        schema: SchemaVersion,
        at: moment(at),
        expires_at: moment(at.after(keep)),
        event: event.event.clone(),
        outcome: event.outcome.clone(),
        factor: event.factor.clone(),
        user: event.user.map(|user| Bytes(*user.as_bytes())),
        subject: event.subject.clone(),
        ip: event.ip,
        request_id: event.request_id.clone(),
    };
    Ok((binary(event.id.as_bytes()), bson::serialize_to_document(&document)?))
}

/// An unreadable event hides nothing but itself: a later version may read it.
pub(super) fn read(document: Document) -> Option<AuditEvent> {
    let event = bson::deserialize_from_bson::<EventDocument>(Bson::Document(document));
    let unreadable = |_: &bson::error::Error| error!("an unreadable audit event");
    event.inspect_err(unreadable).map(AuditEvent::from).ok()
}

impl From<EventDocument> for AuditEvent {
    fn from(document: EventDocument) -> Self {
        Self {
            id: AuditId::from_bytes(document.id.0),
            event: document.event,
            outcome: document.outcome,
            factor: document.factor,
            user: document.user.map(|user| UserId::from_bytes(user.0)),
            subject: document.subject,
            ip: document.ip,
            request_id: document.request_id,
        }
    }
}
