//! What is stored, on its own schema so that messages may change.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::domain::{Client, SessionId, Timestamp, UserAgent, UserId};
use crate::embedded::{decode, encode};
use crate::revocation_registry::messages::Session;

/// Raised with each change of a record here.
const SCHEMA: u8 = 1;

#[derive(Serialize, Deserialize)]
struct SessionRecord {
    epoch: u32,
    authenticated_at: u64,
    refreshed_at: u64,
    expires_at: u64,
    generation: u32,
    ip: IpAddr,
    user_agent: String,
}

/// An account's epoch, and when the last token of an earlier one ends.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct EpochRecord {
    pub(super) epoch: u32,
    until: u64,
}

/// What a revocation is about.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum RevocationRecord {
    /// One session.
    Session,
    /// All sessions of an account from before this epoch.
    EpochsBefore(u32),
}

pub(super) fn encode_session(session: &Session) -> Result<Vec<u8>, redb::Error> {
    let record = SessionRecord {
        epoch: session.epoch,
        authenticated_at: session.authenticated_at.as_millis(),
        refreshed_at: session.refreshed_at.as_millis(),
        expires_at: session.expires_at.as_millis(),
        generation: session.generation,
        ip: session.client.ip,
        user_agent: session.client.user_agent.as_str().to_owned(),
    };
    encode(SCHEMA, &record)
}

pub(super) fn decode_session(
    (user_id, id): (UserId, SessionId),
    bytes: &[u8],
) -> Result<Session, redb::Error> {
    let record: SessionRecord = decode(SCHEMA, bytes)?;
    Ok(Session {
        id,
        user_id,
        epoch: record.epoch,
        authenticated_at: Timestamp::from_millis(record.authenticated_at),
        refreshed_at: Timestamp::from_millis(record.refreshed_at),
        expires_at: Timestamp::from_millis(record.expires_at),
        generation: record.generation,
        client: Client { ip: record.ip, user_agent: UserAgent::sanitise(&record.user_agent) },
    })
}

impl EpochRecord {
    pub(super) fn new(epoch: u32, until: Timestamp) -> Self {
        Self { epoch, until: until.as_millis() }
    }

    pub(super) fn until(self) -> Timestamp {
        Timestamp::from_millis(self.until)
    }

    pub(super) fn encode(self) -> Result<Vec<u8>, redb::Error> {
        encode(SCHEMA, &self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, redb::Error> {
        decode(SCHEMA, bytes)
    }
}

impl RevocationRecord {
    pub(super) fn encode(self) -> Result<Vec<u8>, redb::Error> {
        encode(SCHEMA, &self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, redb::Error> {
        decode(SCHEMA, bytes)
    }
}
