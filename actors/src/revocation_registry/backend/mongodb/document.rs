//! The stored shape of an account's sessions: one document each.

use std::net::IpAddr;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{DateTime, Document, doc};
use serde::Deserialize;

use super::account::{Account, Ended};
use crate::domain::{Client, SessionId, Timestamp, UserAgent, UserId};
use crate::mongo::{
    Bytes16, CollectionSpec, IndexSpec, SchemaVersion, binary, moment, parsed, timestamp,
};
use crate::revocation_registry::messages::Session;

pub(super) const COLLECTION: &str = "sessions";
/// Raised with each change that an older version could not read.
const SCHEMA: i64 = 1;
/// A vacant document is of no use; its account may come back at once, though.
const VACANT_FOR: Duration = Duration::from_hours(1);

/// An account as stored.
#[derive(Deserialize)]
pub(super) struct AccountDocument {
    #[serde(rename = "_id")]
    id: Bytes16,
    #[serde(rename = "schema")]
    _schema: SchemaVersion<SCHEMA>,
    /// Another one with each write: the condition of the next.
    pub(super) revision: ObjectId,
    epoch: u32,
    epoch_ends: Option<DateTime>,
    sessions: Vec<SessionDocument>,
    ended: Vec<EndedDocument>,
    sweep_at: Option<DateTime>,
}

#[derive(Deserialize)]
struct SessionDocument {
    id: Bytes16,
    epoch: u32,
    authenticated_at: DateTime,
    refreshed_at: DateTime,
    expires_at: DateTime,
    generation: u32,
    #[serde(deserialize_with = "parsed")]
    ip: IpAddr,
    user_agent: UserAgent,
}

#[derive(Deserialize)]
pub(super) struct EndedDocument {
    id: Bytes16,
    until: DateTime,
}

impl AccountDocument {
    /// Whose it is, unless it is of ended sessions only.
    pub(super) fn user_id(&self) -> UserId {
        UserId::from_bytes(self.id.0)
    }
}

impl From<AccountDocument> for Account {
    fn from(account: AccountDocument) -> Self {
        let user_id = UserId::from_bytes(account.id.0);
        let session = |session: SessionDocument| Session {
            id: SessionId::from_bytes(session.id.0),
            user_id,
            epoch: session.epoch,
            authenticated_at: timestamp(session.authenticated_at),
            refreshed_at: timestamp(session.refreshed_at),
            expires_at: timestamp(session.expires_at),
            generation: session.generation,
            client: Client { ip: session.ip, user_agent: session.user_agent },
        };
        Self {
            epoch: account.epoch,
            epoch_ends: account.epoch_ends.map(timestamp),
            sessions: account.sessions.into_iter().map(session).collect(),
            ended: account.ended.into_iter().map(Ended::from).collect(),
            sweep_at: account.sweep_at.map(timestamp),
        }
    }
}

impl From<EndedDocument> for Ended {
    fn from(ended: EndedDocument) -> Self {
        Self { id: SessionId::from_bytes(ended.id.0), until: timestamp(ended.until) }
    }
}

/// The change that stores `account` in place of `before`.
pub(super) fn change(before: &Account, account: &Account, now: Timestamp) -> Document {
    let mut set = doc! {
        "schema": SCHEMA,
        "revision": ObjectId::new(),
        "epoch": i64::from(account.epoch),
        "sessions": account.sessions.iter().map(session).collect::<Vec<_>>(),
        "ended": account.ended.iter().map(ended).collect::<Vec<_>>(),
    };
    let mut unset = Document::new();
    for (field, value) in [
        ("epoch_ends", account.epoch_ends),
        ("sweep_at", account.sweep_at),
        ("vacant_since", account.is_vacant().then_some(now)),
    ] {
        match value {
            Some(at) => set.insert(field, moment(at)),
            None => unset.insert(field, ""),
        };
    }
    let mut change = doc! { "$set": set };
    if account.tells_news_since(before) {
        change.insert("$currentDate", announce());
    } else if account.is_silent() {
        unset.insert("announced", "");
    }
    change.insert("$unset", unset);
    change
}

/// The change that raises the epoch by one, whatever else is stored.
pub(super) fn raise_epoch(until: Timestamp) -> Document {
    doc! {
        "$inc": { "epoch": 1_i64 },
        "$set": { "schema": SCHEMA, "revision": ObjectId::new(), "sessions": [] },
        "$setOnInsert": { "ended": [] },
        "$max": { "epoch_ends": moment(until) },
        "$min": { "sweep_at": moment(until) },
        "$unset": { "vacant_since": "" },
        "$currentDate": announce(),
    }
}

/// The server's own time, which rises from one write to the next: nodes follow it.
fn announce() -> Document {
    doc! { "announced": { "$type": "timestamp" } }
}

fn session(session: &Session) -> Document {
    doc! {
        "id": binary(session.id.as_bytes()),
        "epoch": i64::from(session.epoch),
        "authenticated_at": moment(session.authenticated_at),
        "refreshed_at": moment(session.refreshed_at),
        "expires_at": moment(session.expires_at),
        "generation": i64::from(session.generation),
        "ip": session.client.ip.to_string(),
        "user_agent": session.client.user_agent.as_str(),
    }
}

fn ended(ended: &Ended) -> Document {
    doc! { "id": binary(ended.id.as_bytes()), "until": moment(ended.until) }
}

pub(super) fn spec() -> CollectionSpec {
    let count = doc! { "bsonType": ["int", "long"], "minimum": 0 };
    let (id, date) = (doc! { "bsonType": "binData" }, doc! { "bsonType": "date" });
    let session = doc! {
        "bsonType": "object",
        "required": [
            "id", "epoch", "authenticated_at", "refreshed_at", "expires_at", "generation", "ip",
            "user_agent",
        ],
        "properties": {
            "id": id.clone(),
            "epoch": count.clone(),
            "authenticated_at": date.clone(),
            "refreshed_at": date.clone(),
            "expires_at": date.clone(),
            "generation": count.clone(),
            "ip": { "bsonType": "string" },
            "user_agent": { "bsonType": "string" },
        },
    };
    let ended = doc! {
        "bsonType": "object",
        "required": ["id", "until"],
        "properties": { "id": id.clone(), "until": date.clone() },
    };
    let index = |name, expire_after| IndexSpec {
        name,
        keys: doc! { name: 1 },
        is_unique: false,
        expire_after,
    };
    CollectionSpec {
        name: COLLECTION,
        json_schema: doc! {
            "bsonType": "object",
            "required": ["_id", "schema", "revision", "epoch", "sessions", "ended"],
            "properties": {
                "_id": id,
                "schema": count.clone(),
                "revision": { "bsonType": "objectId" },
                "epoch": count,
                "epoch_ends": date.clone(),
                "sessions": { "bsonType": "array", "items": session },
                "ended": { "bsonType": "array", "items": ended },
                "sweep_at": date.clone(),
                "vacant_since": date,
                "announced": { "bsonType": "timestamp" },
            },
        },
        indexes: vec![
            index("announced", None),
            index("sweep_at", None),
            index("vacant_since", Some(VACANT_FOR)),
        ],
    }
}
