//! What a store must be able to do to be moved from or to.

use super::kind::Kind;
use crate::backend::{BackendError, Pending};
use crate::domain::Timestamp;
use crate::revocation_registry::SessionRules;

/// Rows of a page: a batch that any store writes well within `storage.operation_timeout`.
pub(crate) const PAGE: usize = 200;

/// The stored key after which a page starts.
pub(crate) type Cursor = Vec<u8>;

/// Something with an id of its own.
pub(crate) trait Entity: Send + 'static {
    /// What it is.
    const KIND: Kind;

    /// The same bytes wherever it is stored; they begin with its id.
    fn canonical(&self) -> Result<Vec<u8>, BackendError>;
}

/// What decides which entities still count. The same throughout a migration.
#[derive(Clone, Copy)]
pub(crate) struct AsOf {
    /// What has ended by then is left out.
    pub(crate) now: Timestamp,
    /// When a session ends.
    pub(crate) sessions: SessionRules,
}

/// Some entities in the order of their keys.
pub(crate) struct Page<E> {
    /// Those that count. Perhaps none, though there are more pages.
    pub(crate) entities: Vec<E>,
    /// Where the next page starts. `None`: this was past the last.
    pub(crate) next: Option<Cursor>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is durable.
    Done,
    /// Something unique in it is held by another entity.
    Conflict,
}

/// All entities of one kind in one store.
pub(crate) trait Movable<E>: Send + Sync {
    /// The page after `after`.
    fn page(&self, after: Option<Cursor>, as_of: AsOf) -> Pending<Page<E>>;

    /// Adds entities, or replaces those with the same ids.
    fn put(&self, entities: Vec<E>, as_of: AsOf) -> Pending<Put>;
}
