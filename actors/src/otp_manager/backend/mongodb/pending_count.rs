//! How many codes are pending in all: the bound of S-45, held without counting for each one.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;

use super::document::DestinationDocument;
use crate::domain::Timestamp;
use crate::mongo::moment;

/// A full store is counted again after this time at the earliest: counting visits every document.
const RECOUNT_AFTER: Duration = Duration::from_secs(1);

/// The last count, and what this machine has added since. Other machines' additions show with the
/// next count, so the bound may be exceeded by what they add within a few seconds.
pub(super) struct PendingCount {
    destinations: Collection<DestinationDocument>,
    bound: usize,
    known: AtomicUsize,
    counted_at: AtomicU64,
}

impl PendingCount {
    pub(super) fn new(destinations: Collection<DestinationDocument>, bound: usize) -> Self {
        let (known, counted_at) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { destinations, bound, known, counted_at }
    }

    /// Whether there is no room for one more.
    pub(super) async fn is_full(&self, now: Timestamp) -> Result<bool> {
        if self.known.load(Ordering::Relaxed) < self.bound {
            return Ok(false);
        }
        let counted_at = Timestamp::from_millis(self.counted_at.load(Ordering::Relaxed));
        if now >= counted_at.after(RECOUNT_AFTER) {
            self.refresh(now).await?;
        }
        Ok(self.known.load(Ordering::Relaxed) >= self.bound)
    }

    pub(super) fn one_more(&self) {
        self.known.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what is pending.
    pub(super) async fn refresh(&self, now: Timestamp) -> Result<()> {
        let known = self.count(now).await?;
        self.known.store(known, Ordering::Relaxed);
        self.counted_at.store(now.as_millis(), Ordering::Relaxed);
        Ok(())
    }

    async fn count(&self, now: Timestamp) -> Result<usize> {
        // Far from the bound the number of destinations, which the server knows, is enough.
        let destinations = self.destinations.estimated_document_count().await?;
        let destinations = usize::try_from(destinations).unwrap_or(usize::MAX);
        if destinations < self.bound / 10 {
            return Ok(destinations);
        }
        let pipeline = [
            doc! { "$match": { "expires_at": { "$gt": moment(now) } } },
            doc! { "$group": { "_id": null, "n": { "$sum": { "$size": "$requests" } } } },
        ];
        let mut counts = self.destinations.aggregate(pipeline).await?;
        let count: Option<Document> = counts.try_next().await?;
        let count = count.and_then(|count| count.get_i32("n").ok()).unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or_default())
    }
}
