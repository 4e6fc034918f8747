//! MongoDB as the store of any number of machines.
//!
//! Every operation is one read or one conditional write of one document, so that a standalone
//! server serves as well as a replica set or a sharded cluster: no transactions. What is
//! acknowledged is journalled on a majority; what is read to decide comes from the primary and is
//! held by a majority (S-92).

mod bulk;
mod client;
mod codec;
mod conditional;
mod errors;
#[cfg(test)]
pub(crate) mod fixture;
mod log;
mod options;
mod page;
mod pool;
mod schema;
mod seats;
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use bulk::Upserts;
pub(crate) use client::Mongo;
pub(crate) use codec::{Bytes, Bytes16, SchemaVersion, binary, moment, parsed, timestamp};
pub(crate) use conditional::{Attempt, replace_revision};
pub(crate) use errors::{duplicate_key, has_no_change_streams};
pub use options::{MongoSettings, MongoSettingsError};
pub(crate) use schema::{CollectionSpec, IndexSpec};
pub(crate) use seats::Seats;
