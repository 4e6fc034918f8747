//! File descriptors: as many as the machine allows, and how many of them are for clients (F-20).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{info, warn};

/// Kept back for what is no client's: the store, 64 connections of the admin listener, the pool of
/// the database, relays.
const RESERVED: usize = 200;
/// Of each HTTP worker's own.
const OF_A_WORKER: usize = 4;

/// Raises the soft limit of this process to the hard one.
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(cause) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        warn!(%cause, "the limit of file descriptors cannot be raised");
    }
    let now = getrlimit(Resource::Nofile).current;
    info!(before = limit.current, now, "file descriptors");
}

/// How many of `wanted` connections leave enough for everything else.
#[must_use]
pub fn connections(wanted: usize, workers: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
    limit.map_or(wanted, |limit| wanted.min(of(limit, workers)))
}

/// At least a quarter, however few there are.
fn of(limit: usize, workers: usize) -> usize {
    limit.saturating_sub(RESERVED + OF_A_WORKER * workers).max(limit / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f_20_something_is_left_for_everything_else() {
        assert_eq!(of(1024, 2), 816);
        assert_eq!(of(128, 2), 32);
        assert_eq!(connections(7, 2), 7);
    }
}
