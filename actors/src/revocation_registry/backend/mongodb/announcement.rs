//! What a node needs to know of an account's revocations.

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{self, DateTime, doc};
use mongodb::error::Result as DriverResult;
use serde::Deserialize;

use super::account::Ended;
use super::document::EndedDocument;
use crate::domain::{Timestamp, UserId};
use crate::mongo::{Bytes16, timestamp};
use crate::revocation_registry::index::RevocationIndex;

/// The part of a document that other nodes must hear of.
#[derive(Deserialize)]
pub(super) struct Announcement {
    #[serde(rename = "_id")]
    id: Bytes16,
    epoch: u32,
    epoch_ends: Option<DateTime>,
    ended: Vec<EndedDocument>,
    /// Server time of the latest revocation.
    announced: Option<bson::Timestamp>,
}

impl Announcement {
    /// Has the index refuse what was revoked. Never takes a refusal back.
    pub(super) fn enter(self, index: &RevocationIndex, now: Timestamp) {
        for Ended { id, until } in self.ended.into_iter().map(Ended::from) {
            if now < until {
                index.revoke_session(id, until);
            }
        }
        if let Some(until) = self.epoch_ends.map(timestamp).filter(|until| now < *until) {
            index.raise_epoch(UserId::from_bytes(self.id.0), self.epoch, until);
        }
    }
}

/// Before everything.
pub(super) const BEGINNING: bson::Timestamp = bson::Timestamp { time: 0, increment: 0 };

/// Enters what was announced at `since` or later. The latest announcement, `since` if none.
pub(super) async fn enter_since(
    announcements: &Collection<Announcement>,
    since: bson::Timestamp,
    index: &RevocationIndex,
    now: Timestamp,
) -> DriverResult<bson::Timestamp> {
    let find = announcements.find(doc! { "announced": { "$gte": since } });
    let mut found = find.projection(doc! { "sessions": 0 }).await?;
    let mut latest = since;
    while let Some(announcement) = found.try_next().await? {
        latest = latest.max(announcement.announced.unwrap_or(since));
        announcement.enter(index, now);
    }
    Ok(latest)
}
