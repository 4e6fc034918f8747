//! Stored password hashes.

use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

/// A hash as it is stored: our own in PHC string format, one of another system in its own format
/// until its owner signs in. It has no `Debug`: a hash in a log can be attacked offline.
#[derive(Clone, Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a text made by the password hasher or read from a store.
    #[must_use]
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}
