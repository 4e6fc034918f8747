//! What a node needs to know of an account's revocations.

use std::time::Duration;

use mongodb::Collection;
use mongodb::bson::{self, DateTime, doc};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;
use mongodb::error::Result as DriverResult;
use mongodb::options::FullDocumentType;
use serde::Deserialize;

use super::account::Ended;
use super::document::EndedDocument;
use crate::domain::{Timestamp, UserId};
use crate::mongo::{Bytes16, has_no_change_streams, timestamp};
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

/// The server answers a stream this often when there is nothing to tell.
const ANSWER_EVERY: Duration = Duration::from_secs(1);

/// Before everything.
pub(super) const BEGINNING: bson::Timestamp = bson::Timestamp { time: 0, increment: 0 };

/// Enters what was announced at `since` or later. The latest announcement, `since` if none.
pub(super) async fn enter_since(
    announcements: &Collection<Announcement>,
    since: bson::Timestamp,
    index: &RevocationIndex,
    now: Timestamp,
) -> DriverResult<bson::Timestamp> {
    let client = announcements.client();
    let mut session = client.start_session().await?;
    // The session is causal: what was written until now is found below, even if no majority had
    // it yet. A stream that was opened before now tells of the rest.
    client.database("admin").run_command(doc! { "ping": 1 }).session(&mut session).await?;
    let find = announcements.find(doc! { "announced": { "$gte": since } });
    let mut found = find.projection(doc! { "sessions": 0 }).session(&mut session).await?;
    let mut latest = since;
    while let Some(announcement) = found.next(&mut session).await.transpose()? {
        latest = latest.max(announcement.announced.unwrap_or(since));
        announcement.enter(index, now);
    }
    Ok(latest)
}

/// Tells of announcements from now on; `None` where the server has no change streams.
pub(super) async fn stream(
    announcements: &Collection<Announcement>,
) -> DriverResult<Option<ChangeStream<ChangeStreamEvent<Announcement>>>> {
    let announces = doc! { "$match": { "$or": [
        { "updateDescription.updatedFields.announced": { "$exists": true } },
        { "operationType": "insert", "fullDocument.announced": { "$exists": true } },
    ] } };
    let opening = announcements
        .watch()
        .pipeline([announces, doc! { "$project": { "fullDocument.sessions": 0 } }])
        .full_document(FullDocumentType::UpdateLookup)
        .max_await_time(ANSWER_EVERY);
    match opening.await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if has_no_change_streams(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
