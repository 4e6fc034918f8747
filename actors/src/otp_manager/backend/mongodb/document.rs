//! The stored shape of what is pending for one purpose and destination.

mod subject;

use std::net::IpAddr;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Binary, DateTime, doc};
use serde::{Deserialize, Serialize};

use self::subject::SubjectDocument;
use crate::backend::BackendError;
use crate::domain::ChallengeId;
use crate::mongo::{CollectionSpec, IndexSpec, binary, bytes16, moment, timestamp};
use crate::otp_manager::book::Book;
use crate::otp_manager::challenge::{Challenge, DestinationKey};
use crate::otp_manager::key::CodeMac;

pub(super) const COLLECTION: &str = "otp_destinations";
/// Raised with each change that an older version could not read.
const SCHEMA: i32 = 1;
/// Documents stay this much longer than their codes: no clock of a machine is that far off.
const GRACE: Duration = Duration::from_mins(1);

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DestinationDocument {
    /// Of the purpose and the destination.
    #[serde(rename = "_id")]
    id: Binary,
    schema: i32,
    /// New with every change: what was decided on is still there only if this is.
    revision: ObjectId,
    /// When the last of the codes is dead.
    expires_at: DateTime,
    requests: Vec<RequestDocument>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RequestDocument {
    id: Binary,
    subject: SubjectDocument,
    source: IpAddr,
    mac: Binary,
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
            id: binary(key.as_bytes()),
            schema: SCHEMA,
            revision: ObjectId::new(),
            expires_at: moment(last),
            requests: book.iter().map(RequestDocument::from).collect(),
        })
    }

    /// Puts everything into `book`; the revision it was.
    pub(super) fn fill(&self, book: &mut Book) -> Result<ObjectId, BackendError> {
        if self.schema != SCHEMA {
            return Err(BackendError::Corrupt);
        }
        for request in &self.requests {
            let (id, challenge) = request.clone().try_into()?;
            book.restore(id, challenge);
        }
        Ok(self.revision)
    }

    /// The requests in it.
    pub(super) fn requests(&self) -> impl Iterator<Item = ChallengeId> {
        let ids = self.requests.iter().map(|request| bytes16(&request.id));
        ids.filter_map(Result::ok).map(ChallengeId::from_bytes)
    }

    /// What it is filed under.
    pub(super) fn key(&self) -> Result<DestinationKey, BackendError> {
        bytes16(&self.id).map(DestinationKey::from_bytes)
    }
}

impl From<(ChallengeId, &Challenge)> for RequestDocument {
    fn from((id, challenge): (ChallengeId, &Challenge)) -> Self {
        Self {
            id: binary(id.as_bytes()),
            subject: challenge.subject.clone().into(),
            source: challenge.source,
            mac: binary(challenge.mac.as_bytes()),
            created_at: moment(challenge.created_at),
            expires_at: moment(challenge.expires_at),
            resend_at: moment(challenge.resend_at),
            attempts: challenge.attempts,
            resends: challenge.resends,
        }
    }
}

impl TryFrom<RequestDocument> for (ChallengeId, Challenge) {
    type Error = BackendError;

    fn try_from(request: RequestDocument) -> Result<Self, BackendError> {
        let mac = request.mac.bytes.try_into().map_err(|_| BackendError::Corrupt)?;
        let challenge = Challenge {
            subject: request.subject.try_into()?,
            source: request.source,
            mac: CodeMac::from_bytes(mac),
            created_at: timestamp(request.created_at),
            expires_at: timestamp(request.expires_at),
            resend_at: timestamp(request.resend_at),
            attempts: request.attempts,
            resends: request.resends,
        };
        Ok((ChallengeId::from_bytes(bytes16(&request.id)?), challenge))
    }
}
