//! Keys of the tables.

use std::ops::RangeInclusive;

use crate::domain::{SessionId, UserId};
use crate::embedded::keys;

pub(super) use crate::embedded::keys::{due, due_after, parse_due, parse_id};

/// A session: the account, then the session.
pub(super) fn session(user: UserId, id: SessionId) -> [u8; 32] {
    keys::pair(user.as_bytes(), id.as_bytes())
}

/// Every session of an account.
pub(super) fn sessions_of(user: UserId) -> RangeInclusive<[u8; 32]> {
    keys::pairs_of(user.as_bytes())
}

/// The account and session in a key of [`session`].
pub(super) fn parse_session(key: &[u8]) -> Result<(UserId, SessionId), redb::Error> {
    let (user, id) = keys::parse_pair(key)?;
    Ok((UserId::from_bytes(user), SessionId::from_bytes(id)))
}
