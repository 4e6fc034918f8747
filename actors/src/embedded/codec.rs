//! Records as bytes: one schema byte, then postcard. A reader knows every schema it ever wrote.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes `record` as `schema`.
pub(crate) fn encode<T: Serialize>(schema: u8, record: &T) -> Result<Vec<u8>, redb::Error> {
    postcard::to_extend(record, vec![schema]).map_err(|_| corrupted("a record cannot be encoded"))
}

/// Decodes a record that must be of `schema`.
pub(crate) fn decode<T: DeserializeOwned>(schema: u8, bytes: &[u8]) -> Result<T, redb::Error> {
    match bytes.split_first() {
        Some((first, rest)) if *first == schema => match postcard::take_from_bytes(rest) {
            Ok((record, [])) => Ok(record),
            _ => Err(corrupted("a record cannot be decoded")),
        },
        _ => Err(corrupted("a record has an unknown schema")),
    }
}

fn corrupted(what: &str) -> redb::Error {
    redb::Error::Corrupted(what.to_owned())
}
