//! The request that a task works for: told with what the work causes, never decided on.

use tokio::task::futures::TaskLocalFuture;

tokio::task_local! {
    static REQUEST: String;
}

/// `work`, on behalf of the request `id`.
pub fn for_request<F: Future>(id: &str, work: F) -> TaskLocalFuture<String, F> {
    REQUEST.scope(id.to_owned(), work)
}

/// The id of the request that the present task works for, if it does for one.
#[must_use]
pub fn current_request() -> Option<String> {
    REQUEST.try_with(Clone::clone).ok()
}
