//! What every storage backend has in common.

use std::future::Future;
use std::pin::Pin;

/// Why a store gave no answer. The cause is logged where it happened; callers need only this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// Nothing was changed; the same call may succeed later.
    #[error("the store is not available")]
    Unavailable,
    /// A write may or may not have become durable.
    #[error("the store did not confirm the change")]
    OutcomeUnknown,
    /// Stored bytes are not what this version wrote. Trying again does not help.
    #[error("the store holds unreadable data")]
    Corrupt,
}

/// The answer of a backend. `'static`, so that no dropped caller stops a half-done operation.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'static>>;

/// A [`Pending`] that is already there.
pub(crate) fn ready<T: Send + 'static>(value: T) -> Pending<T> {
    Box::pin(std::future::ready(Ok(value)))
}
