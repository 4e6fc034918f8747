//! The stored shape of an account.
//!
//! Domain values are stored as they are and not parsed again: a rule that gets stricter must not
//! lock out whoever was accepted before.

use mongodb::bson::{self, Bson, DateTime, doc};
use serde::{Deserialize, Serialize};

use crate::domain::{EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, UserId};
use crate::mongo::{Bytes, Bytes16, CollectionSpec, IndexSpec, SchemaVersion, moment, timestamp};
use crate::user_store::{ResetLink, User, VerifiedPhone};

pub(super) const COLLECTION: &str = "users";
/// Uniqueness of the canonical address (S-43).
pub(super) const EMAIL_INDEX: &str = "email";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct UserDocument {
    #[serde(rename = "_id")]
    id: Bytes16,
    schema: SchemaVersion<SCHEMA>,
    email: EmailAddress,
    first_name: PersonName,
    last_name: PersonName,
    password_hash: PasswordHash,
    password_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reset_link: Option<LinkDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone: Option<PhoneDocument>,
    created_at: DateTime,
}

#[derive(Serialize, Deserialize)]
struct LinkDocument {
    id: Bytes16,
    expires_at: DateTime,
}

#[derive(Serialize, Deserialize)]
struct PhoneDocument {
    number: PhoneNumber,
    verified_at: DateTime,
}

pub(super) fn spec() -> CollectionSpec {
    let integer = doc! { "bsonType": ["int", "long"], "minimum": 1 };
    CollectionSpec {
        name: COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": [
                "_id", "schema", "email", "first_name", "last_name", "password_hash",
                "password_version", "created_at",
            ],
            "properties": {
                "_id": { "bsonType": "binData" },
                "schema": integer.clone(),
                "email": {
                    "bsonType": "object",
                    "required": ["canonical", "original"],
                    "properties": {
                        "canonical": { "bsonType": "string", "maxLength": 254 },
                        "original": { "bsonType": "string", "maxLength": 254 },
                    },
                },
                "first_name": { "bsonType": "string" },
                "last_name": { "bsonType": "string" },
                "password_hash": { "bsonType": "string" },
                "password_version": integer,
                "reset_link": { "bsonType": "object", "required": ["id", "expires_at"] },
                "phone": { "bsonType": "object", "required": ["number", "verified_at"] },
                "created_at": { "bsonType": "date" },
            },
        },
        indexes: vec![IndexSpec {
            name: EMAIL_INDEX,
            keys: doc! { "email.canonical": 1 },
            is_unique: true,
            expire_after: None,
        }],
    }
}

/// A verified number as part of an account.
pub(super) fn phone(phone: &VerifiedPhone) -> Result<Bson, bson::error::Error> {
    bson::serialize_to_bson(&PhoneDocument::from(phone.clone()))
}

impl From<VerifiedPhone> for PhoneDocument {
    fn from(VerifiedPhone { number, verified_at }: VerifiedPhone) -> Self {
        Self { number, verified_at: moment(verified_at) }
    }
}

impl From<User> for UserDocument {
    fn from(user: User) -> Self {
        let link = |ResetLink { id, expires_at }| LinkDocument {
            id: Bytes(*id.as_bytes()),
            expires_at: moment(expires_at),
        };
        Self {
            id: Bytes(*user.id.as_bytes()),
            schema: SchemaVersion,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            password_hash: user.password_hash,
            password_version: user.password_version,
            reset_link: user.reset_link.map(link),
            phone: user.phone.map(PhoneDocument::from),
            created_at: moment(user.created_at),
        }
    }
}

impl From<UserDocument> for User {
    fn from(user: UserDocument) -> Self {
        let link = |LinkDocument { id, expires_at }| ResetLink {
            id: LinkId::from_bytes(id.0),
            expires_at: timestamp(expires_at),
        };
        let phone = |PhoneDocument { number, verified_at }| VerifiedPhone {
            number,
            verified_at: timestamp(verified_at),
        };
        Self {
            id: UserId::from_bytes(user.id.0),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            password_hash: user.password_hash,
            password_version: user.password_version,
            reset_link: user.reset_link.map(link),
            phone: user.phone.map(phone),
            created_at: timestamp(user.created_at),
        }
    }
}
