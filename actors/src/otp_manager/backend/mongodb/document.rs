//! The stored shape of what is pending for one purpose and destination.

mod subject;

use std::net::IpAddr;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};

use self::subject::SubjectDocument;
use crate::domain::ChallengeId;
use crate::mongo::{Bytes, Bytes16, CollectionSpec, IndexSpec, SchemaVersion, moment, timestamp};
use crate::otp_manager::book::Book;
use crate::otp_manager::challenge::{Challenge, DestinationKey};
use crate::otp_manager::key::CodeMac;

pub(super) const COLLECTION: &str = "otp_destinations";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;
/// Documents stay this much longer than their codes: no clock of a machine is that far off.
const GRACE: Duration = Duration::from_mins(1);

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DestinationDocument {
    /// Of the purpose and the destination.
    #[serde(rename = "_id")]
    id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    /// New with every change: what was decided on is still there only if this is.
    revision: ObjectId,
    /// When the last of the codes is dead.
    expires_at: DateTime,
    requests: Vec<RequestDocument>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RequestDocument {
    id: Bytes16,
    subject: SubjectDocument,
    source: IpAddr,
    mac: Bytes<32>,
    created_at: DateTime,
    expires_at: DateTime,
    resend_at: DateTime,
    attempts: u8,
    resends: u8,
}

pub(super) fn spec() -> CollectionSpec {
    CollectionSpec {
        name: COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": ["_id", "schema", "revision", "expires_at", "requests"],
            "properties": {
                "_id": { "bsonType": "binData" },
                "schema": { "bsonType": ["int", "long"], "minimum": 1 },
                "revision": { "bsonType": "objectId" },
                "expires_at": { "bsonType": "date" },
                "requests": {
                    "bsonType": "array",
                    "minItems": 1,
                    "items": {
                        "bsonType": "object",
                        "required": ["id", "subject", "mac", "expires_at", "attempts"],
                        "properties": {
                            "id": { "bsonType": "binData" },
                            "mac": { "bsonType": "binData" },
                            "expires_at": { "bsonType": "date" },
                            "attempts": { "bsonType": ["int", "long"], "minimum": 0 },
                        },
                    },
                },
            },
        },
        indexes: vec![
            IndexSpec {
                name: "request",
                keys: doc! { "requests.id": 1 },
                is_unique: false,
                expire_after: None,
            },
            IndexSpec {
                name: "expiry",
                keys: doc! { "expires_at": 1 },
                is_unique: false,
                expire_after: Some(GRACE),
            },
        ],
    }
}

impl DestinationDocument {
    /// What `book` holds, all of it for the destination `key`; `None` when that is nothing.
    pub(super) fn of(key: DestinationKey, book: &Book) -> Option<Self> {
        let last = book.iter().map(|(_, challenge)| challenge.expires_at).max()?;
        Some(Self {
            id: Bytes(*key.as_bytes()),
            schema: SchemaVersion,
            revision: ObjectId::new(),
            expires_at: moment(last),
            requests: book.iter().map(RequestDocument::from).collect(),
        })
    }

    /// Puts everything into `book`; the revision it was.
    pub(super) fn fill(&self, book: &mut Book) -> ObjectId {
        for request in &self.requests {
            let (id, challenge) = request.clone().into();
            book.restore(id, challenge);
        }
        self.revision
    }

    /// The requests in it.
    pub(super) fn requests(&self) -> impl Iterator<Item = ChallengeId> {
        self.requests.iter().map(|request| ChallengeId::from_bytes(request.id.0))
    }

    /// What it is filed under.
    pub(super) fn key(&self) -> DestinationKey {
        DestinationKey::from_bytes(self.id.0)
    }
}

impl From<(ChallengeId, &Challenge)> for RequestDocument {
    fn from((id, challenge): (ChallengeId, &Challenge)) -> Self {
        Self {
            id: Bytes(*id.as_bytes()),
            subject: challenge.subject.clone().into(),
            source: challenge.source,
            mac: Bytes(*challenge.mac.as_bytes()),
            created_at: moment(challenge.created_at),
            expires_at: moment(challenge.expires_at),
            resend_at: moment(challenge.resend_at),
            attempts: challenge.attempts,
            resends: challenge.resends,
        }
    }
}

impl From<RequestDocument> for (ChallengeId, Challenge) {
    fn from(request: RequestDocument) -> Self {
        let challenge = Challenge {
            subject: request.subject.into(),
            source: request.source,
            mac: CodeMac::from_bytes(request.mac.0),
            created_at: timestamp(request.created_at),
            expires_at: timestamp(request.expires_at),
            resend_at: timestamp(request.resend_at),
            attempts: request.attempts,
            resends: request.resends,
        };
        (ChallengeId::from_bytes(request.id.0), challenge)
    }
}
