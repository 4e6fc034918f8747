//! For benchmarks: what it takes to make an account's document, and to read one.

use mongodb::bson::{self, error::Error};

use super::document::UserDocument;
use crate::user_store::User;

/// An account as the driver sends and receives it.
pub struct UserCodec;

impl UserCodec {
    /// The bytes of its document.
    pub fn encode(user: User) -> Result<Vec<u8>, Error> {
        bson::serialize_to_vec(&UserDocument::from(user))
    }

    /// The account in a document.
    pub fn decode(bytes: &[u8]) -> Result<User, Error> {
        bson::deserialize_from_slice::<UserDocument>(bytes).map(User::from)
    }
}
