//! What this machine saw lately, by request.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::document::DestinationDocument;
use crate::domain::{ChallengeId, Timestamp};
use crate::otp_manager::OtpRules;
use crate::otp_manager::backend::Found;
use crate::otp_manager::book::Book;

/// Requests kept. At less than 1 KiB each, within 8 MiB.
const CAPACITY: usize = 8_192;

/// Documents as they were when last seen. They may be out of date: whoever decides on one writes
/// on the condition that it is not.
pub(super) struct Recent(Cache<ChallengeId, Arc<DestinationDocument>>);

impl Default for Recent {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Recent {
    /// Files a document under each of its requests.
    pub(super) fn keep(&self, document: Option<DestinationDocument>) {
        let Some(document) = document.map(Arc::new) else { return };
        for id in document.requests() {
            self.0.insert(id, Arc::clone(&document));
        }
    }

    /// Removes a document from under each of its requests.
    pub(super) fn forget(&self, document: Option<&DestinationDocument>) {
        for id in document.into_iter().flat_map(DestinationDocument::requests) {
            self.0.remove(&id);
        }
    }

    /// Takes the document of a request out.
    pub(super) fn take(&self, id: ChallengeId) -> Option<DestinationDocument> {
        let (_, document) = self.0.remove(&id)?;
        Some(Arc::unwrap_or_clone(document))
    }

    /// A request that could still be verified when it was last seen.
    pub(super) fn find(&self, id: ChallengeId, rules: OtpRules, now: Timestamp) -> Option<Found> {
        let document = self.0.get(&id)?;
        let mut book = Book::new(rules);
        document.fill(&mut book);
        book.find(id, now)
    }
}
