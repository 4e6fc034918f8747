//! Keys of the tables. Numbers are big-endian, so that the order of keys is the order of time.

use std::ops::RangeInclusive;

use crate::domain::{ChallengeId, Timestamp};
use crate::otp_manager::challenge::DestinationKey;

/// A request to a destination: destination, request.
pub(super) fn request(destination: DestinationKey, id: ChallengeId) -> [u8; 32] {
    let mut key = [0; 32];
    let (left, right) = key.split_at_mut(16);
    left.copy_from_slice(destination.as_bytes());
    right.copy_from_slice(id.as_bytes());
    key
}

/// Every request to a destination.
pub(super) fn requests_to(destination: DestinationKey) -> RangeInclusive<[u8; 32]> {
    let end = |byte| request(destination, ChallengeId::from_bytes([byte; 16]));
    end(0)..=end(u8::MAX)
}

/// The request in a key of [`request`].
pub(super) fn parse_request(key: &[u8]) -> Result<ChallengeId, redb::Error> {
    let (_, id) = key.split_last_chunk().ok_or_else(malformed)?;
    Ok(ChallengeId::from_bytes(*id))
}

/// When a request expires: the moment, the request.
pub(super) fn expiry(at: Timestamp, id: ChallengeId) -> [u8; 24] {
    let mut key = [0; 24];
    let (left, right) = key.split_at_mut(8);
    left.copy_from_slice(&at.as_millis().to_be_bytes());
    right.copy_from_slice(id.as_bytes());
    key
}

/// Sorts after all that has expired at `now`, and before all that has not.
pub(super) fn expired(now: Timestamp) -> [u8; 8] {
    now.as_millis().saturating_add(1).to_be_bytes()
}

fn malformed() -> redb::Error {
    redb::Error::Corrupted("a key of the tables of one-time codes is malformed".to_owned())
}
