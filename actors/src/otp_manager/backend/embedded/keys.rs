//! Keys of the tables.

use std::ops::RangeInclusive;

use crate::domain::{ChallengeId, Timestamp};
use crate::embedded::keys;
use crate::otp_manager::challenge::DestinationKey;

pub(super) use crate::embedded::keys::due_after;

/// A request to a destination: the destination, then the request.
pub(super) fn request(destination: DestinationKey, id: ChallengeId) -> [u8; 32] {
    keys::pair(destination.as_bytes(), id.as_bytes())
}

/// Every request to a destination.
pub(super) fn requests_to(destination: DestinationKey) -> RangeInclusive<[u8; 32]> {
    keys::pairs_of(destination.as_bytes())
}

/// The request in a key of [`request`].
pub(super) fn parse_request(key: &[u8]) -> Result<ChallengeId, redb::Error> {
    Ok(ChallengeId::from_bytes(keys::parse_pair(key)?.1))
}

/// A request, by itself.
pub(super) fn parse_id(key: &[u8]) -> Result<ChallengeId, redb::Error> {
    Ok(ChallengeId::from_bytes(keys::parse_id(key)?))
}

/// When a request expires: the moment, then the request.
pub(super) fn expiry(at: Timestamp, id: ChallengeId) -> Vec<u8> {
    keys::due(at, id.as_bytes())
}
