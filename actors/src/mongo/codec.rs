//! Domain values as BSON: ids are 16 bytes of binary data, moments are dates.

use std::fmt::Display;
use std::str::FromStr;

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

use crate::domain::Timestamp;

/// Bytes as generic binary data.
pub(crate) fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
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

/// So many bytes as a field of a document. Data of another length is no document of ours.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<const LENGTH: usize>(pub(crate) [u8; LENGTH]);

/// An id as a field of a document.
pub(crate) type Bytes16 = Bytes<16>;

impl<'de, const LENGTH: usize> Deserialize<'de> for Bytes<LENGTH> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let binary = Binary::deserialize(deserializer)?;
        binary.bytes.try_into().map(Self).map_err(|_| Error::custom("bytes of another length"))
    }
}

impl<const LENGTH: usize> Serialize for Bytes<LENGTH> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        binary(&self.0).serialize(serializer)
    }
}

/// The field `schema` of a document that this version can read.
#[derive(Clone, Copy)]
pub(crate) struct SchemaVersion<const VERSION: i64>;

impl<'de, const VERSION: i64> Deserialize<'de> for SchemaVersion<VERSION> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = i64::deserialize(deserializer)?;
        if found == VERSION { Ok(Self) } else { Err(Error::custom("another version's document")) }
    }
}

impl<const VERSION: i64> Serialize for SchemaVersion<VERSION> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(VERSION)
    }
}

/// For `deserialize_with`: a value that is stored as its text.
pub(crate) fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?.parse().map_err(Error::custom)
}
