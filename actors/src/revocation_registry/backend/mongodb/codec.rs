//! For benchmarks: what it takes to write an account's sessions, and to read them.

use mongodb::bson::error::Error;
use mongodb::bson::{self, Document, doc};

use super::account::Account;
use super::document::{self, AccountDocument};
use crate::domain::{Timestamp, UserId};
use crate::mongo::binary;
use crate::revocation_registry::messages::Session;

/// The sessions of one account, as the driver sends and receives them.
pub struct SessionCodec(Account);

impl SessionCodec {
    /// Of these sessions, which are all alive.
    #[must_use]
    pub fn of(sessions: Vec<Session>) -> Self {
        Self(Account { sessions, ..Account::default() })
    }

    /// The bytes of the change that stores them.
    pub fn encode(&self, now: Timestamp) -> Result<Vec<u8>, Error> {
        bson::serialize_to_vec(&self.change(now))
    }

    /// The bytes of the document that the change makes.
    pub fn stored(&self, user_id: UserId, now: Timestamp) -> Result<Vec<u8>, Error> {
        let mut stored = doc! { "_id": binary(user_id.as_bytes()) };
        if let Ok(set) = self.change(now).get_document("$set") {
            stored.extend(set.clone());
        }
        bson::serialize_to_vec(&stored)
    }

    /// How many sessions a document holds.
    pub fn decode(bytes: &[u8]) -> Result<usize, Error> {
        let account = bson::deserialize_from_slice::<AccountDocument>(bytes).map(Account::from)?;
        Ok(account.sessions.len())
    }

    fn change(&self, now: Timestamp) -> Document {
        document::change(&Account::default(), &self.0, now)
    }
}
