//! Domain values as BSON: ids are 16 bytes of binary data, moments are dates.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime};

use crate::backend::BackendError;
use crate::domain::Timestamp;

/// Bytes as generic binary data.
pub(crate) fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

/// The 16 bytes of an id.
pub(crate) fn bytes16(binary: &Binary) -> Result<[u8; 16], BackendError> {
    binary.bytes.as_slice().try_into().map_err(|_| BackendError::Corrupt)
}

/// A moment as a date, which a TTL index understands. After the year 292 million: for ever.
pub(crate) fn moment(at: Timestamp) -> DateTime {
    DateTime::from_millis(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
}

/// The moment of a date. Before 1970: the epoch.
pub(crate) fn timestamp(date: DateTime) -> Timestamp {
    let millis = date.timestamp_millis();
    if millis == i64::MAX {
        return Timestamp::from_millis(u64::MAX);
    }
    Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
}
