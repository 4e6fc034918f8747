//! Keys of tables. Numbers are big-endian, so that the order of keys is the order of time.

use std::ops::RangeInclusive;

use crate::domain::Timestamp;

/// Two ids: what belongs to the first lies side by side.
pub(crate) fn pair(first: &[u8; 16], second: &[u8; 16]) -> [u8; 32] {
    let mut key = [0; 32];
    let (left, right) = key.split_at_mut(16);
    left.copy_from_slice(first);
    right.copy_from_slice(second);
    key
}

/// Every key of [`pair`] with this first id.
pub(crate) fn pairs_of(first: &[u8; 16]) -> RangeInclusive<[u8; 32]> {
    pair(first, &[0; 16])..=pair(first, &[u8::MAX; 16])
}

/// The ids in a key of [`pair`].
pub(crate) fn parse_pair(key: &[u8]) -> Result<([u8; 16], [u8; 16]), redb::Error> {
    let (first, second) = key.split_first_chunk().ok_or_else(malformed)?;
    Ok((*first, parse_id(second)?))
}

/// An id.
pub(crate) fn parse_id(key: &[u8]) -> Result<[u8; 16], redb::Error> {
    key.try_into().map_err(|_| malformed())
}

/// Something to be done at a moment.
pub(crate) fn due(at: Timestamp, what: &[u8]) -> Vec<u8> {
    [&at.as_millis().to_be_bytes(), what].concat()
}

/// Sorts after all that is due at `now` or earlier, and before all that is due later.
pub(crate) fn due_after(now: Timestamp) -> [u8; 8] {
    now.as_millis().saturating_add(1).to_be_bytes()
}

/// The moment and the subject of a key of [`due`].
pub(crate) fn parse_due(key: &[u8]) -> Result<(Timestamp, &[u8]), redb::Error> {
    let (at, what) = key.split_first_chunk().ok_or_else(malformed)?;
    Ok((Timestamp::from_millis(u64::from_be_bytes(*at)), what))
}

fn malformed() -> redb::Error {
    redb::Error::Corrupted("a key is malformed".to_owned())
}
