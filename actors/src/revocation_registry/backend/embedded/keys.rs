//! Keys of the tables. Numbers are big-endian, so that the order of keys is the order of time.

use std::ops::RangeInclusive;

use crate::domain::{SessionId, Timestamp, UserId};

/// A session: the account, then the session, so that an account's sessions lie side by side.
pub(super) fn session(user: UserId, id: SessionId) -> [u8; 32] {
    join(user.as_bytes(), id.as_bytes())
}

/// Every session of an account.
pub(super) fn sessions_of(user: UserId) -> RangeInclusive<[u8; 32]> {
    join(user.as_bytes(), &[0; 16])..=join(user.as_bytes(), &[u8::MAX; 16])
}

/// The account and session in a key of [`session`].
pub(super) fn parse_session(key: &[u8]) -> Result<(UserId, SessionId), redb::Error> {
    let (user, id) = key.split_first_chunk().ok_or_else(malformed)?;
    let id = id.try_into().map_err(|_| malformed())?;
    Ok((UserId::from_bytes(*user), SessionId::from_bytes(id)))
}

/// Something to be done at a moment.
pub(super) fn due(at: Timestamp, what: &[u8]) -> Vec<u8> {
    [&at.as_millis().to_be_bytes(), what].concat()
}

/// Sorts after all that is due at `now` or earlier, and before all that is due later.
pub(super) fn due_after(now: Timestamp) -> [u8; 8] {
    now.as_millis().saturating_add(1).to_be_bytes()
}

/// The moment and the subject of a key of [`due`].
pub(super) fn parse_due(key: &[u8]) -> Result<(Timestamp, &[u8]), redb::Error> {
    let (at, what) = key.split_first_chunk().ok_or_else(malformed)?;
    Ok((Timestamp::from_millis(u64::from_be_bytes(*at)), what))
}

/// A key of an unknown shape.
pub(super) fn malformed() -> redb::Error {
    redb::Error::Corrupted("a key of the session tables is malformed".to_owned())
}

fn join(first: &[u8; 16], second: &[u8; 16]) -> [u8; 32] {
    let mut key = [0; 32];
    let (left, right) = key.split_at_mut(16);
    left.copy_from_slice(first);
    right.copy_from_slice(second);
    key
}
