//! Tells this node what other nodes revoke.
//!
//! The ground is a look at what was announced since the last one, by the server's own clock. It
//! cannot lose its place, so nothing is missed however long the outage was. Where the server has
//! change streams, one of them tells of the same announcements sooner, and the looks get rare.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use mongodb::Collection;
use mongodb::bson;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ChangeStreamEvent;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::announcement::{self, Announcement, BEGINNING};
use crate::backend::Pending;
use crate::mongo::Mongo;
use crate::revocation_registry::index::RevocationIndex;
use crate::runtime::Clock;

/// After a look that failed.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// After a stream that ended, or could not be opened. Meanwhile the looks are frequent.
const REOPEN_AFTER: Duration = Duration::from_secs(1);
/// A look or a stream that is silent for longer has failed. The server answers a stream each second.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);
/// The first look reads everything, millions of revocations perhaps.
const LONGEST_LOAD: Duration = Duration::from_mins(2);

/// How often to look, and how far back.
#[derive(Clone, Copy)]
struct Pace {
    every: Duration,
    /// Seconds. An announcement can become readable after one that carries a later time: within a
    /// server by a few milliseconds, between the shards of a cluster by what their clocks differ.
    overlap: u32,
}

/// Nothing else tells of revocations: within a second on other nodes.
const ALONE: Pace = Pace { every: Duration::from_millis(250), overlap: 2 };
/// The stream does; a look confirms that it missed nothing and that the primary is in touch.
const BESIDE_A_STREAM: Pace = Pace { every: Duration::from_secs(5), overlap: 60 };

/// Follows what any node revokes, and has this node's index refuse it.
pub(crate) struct RevocationFeed {
    mongo: Mongo,
    announcements: Collection<Announcement>,
    index: Arc<RevocationIndex>,
    clock: Arc<dyn Clock>,
}

type Stream = ChangeStream<ChangeStreamEvent<Announcement>>;

impl RevocationFeed {
    pub(super) fn new(
        mongo: Mongo,
        announcements: Collection<Announcement>,
        index: Arc<RevocationIndex>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { mongo, announcements, index, clock }
    }

    /// Runs until `stop`, through every outage.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let (is_streaming, streaming) = watch::channel(false);
        let work = join(self.look_for_ever(streaming), self.stream_for_ever(&is_streaming));
        // Whatever is under way ends in a task of its own.
        tokio::select! {
            () = stop.cancelled() => {}
            _ = work => {}
        }
    }

    async fn look_for_ever(&self, mut streaming: watch::Receiver<bool>) {
        let mut latest = None;
        let mut has_failed = false;
        loop {
            let pace = if *streaming.borrow_and_update() { BESIDE_A_STREAM } else { ALONE };
            let overlap = if has_failed { BESIDE_A_STREAM.overlap } else { pace.overlap };
            let asked = Instant::now();
            let found = self.look(latest, overlap).await;
            has_failed = found.is_err();
            let pause = if let Ok(found) = found {
                latest = latest.max(Some(found));
                self.index.heard_of_everything_until(asked);
                pace.every.min(self.index.max_staleness() / 4)
            } else {
                RETRY_AFTER
            };
            tokio::select! {
                // A stream tells of what comes after its beginning only: the rest is found now.
                _ = streaming.changed() => {}
                () = sleep(pause) => {}
            }
        }
    }

    fn look(&self, latest: Option<bson::Timestamp>, overlap: u32) -> Pending<bson::Timestamp> {
        let (since, limit) = match latest {
            Some(bson::Timestamp { time, .. }) => {
                let since = bson::Timestamp { time: time.saturating_sub(overlap), increment: 0 };
                (since, LONGEST_SILENCE)
            }
            None => (BEGINNING, LONGEST_LOAD),
        };
        let (announcements, index) = (self.announcements.clone(), Arc::clone(&self.index));
        let now = self.clock.now();
        self.mongo.read_aside("sessions.look", limit, async move {
            announcement::enter_since(&announcements, since, &index, now).await
        })
    }

    async fn stream_for_ever(&self, is_streaming: &watch::Sender<bool>) {
        loop {
            match self.open_stream().await {
                Ok(Some(stream)) => {
                    is_streaming.send_replace(true);
                    self.follow(stream).await;
                    is_streaming.send_replace(false);
                }
                Ok(None) => {
                    info!("this mongodb has no change streams, revocations are polled");
                    return;
                }
                Err(_) => {} // logged where it happened
            }
            sleep(REOPEN_AFTER).await;
        }
    }

    /// `None`: the server has no change streams.
    fn open_stream(&self) -> Pending<Option<Stream>> {
        let announcements = self.announcements.clone();
        self.mongo.read_aside("sessions.open_stream", LONGEST_SILENCE, async move {
            announcement::stream(&announcements).await
        })
    }

    /// Returns when the stream has ended. The driver resumes it by itself where it can.
    async fn follow(&self, mut stream: Stream) {
        while stream.is_alive() {
            let Ok((kept, event)) = self.next(stream).await else { return };
            stream = kept;
            self.index.heard_something(Instant::now());
            if let Some(announcement) = event.and_then(|event| event.full_document) {
                announcement.enter(&self.index, self.clock.now());
            }
        }
    }

    fn next(
        &self,
        mut stream: Stream,
    ) -> Pending<(Stream, Option<ChangeStreamEvent<Announcement>>)> {
        self.mongo.read_aside("sessions.stream", LONGEST_SILENCE, async move {
            let event = stream.next_if_any().await?;
            Ok((stream, event))
        })
    }
}
