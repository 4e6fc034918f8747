//! bcrypt in modular crypt format: `$2b$10$` and 53 characters. Parse keeps it as it is.

use crate::password_hasher::rules::MAX_BCRYPT_COST;

const MIN_BCRYPT_COST: u32 = 4;
/// The same algorithm, whatever made the text. Not `$2x$`: a bug of its own.
const PREFIXES: [&str; 3] = ["$2a$", "$2b$", "$2y$"];

/// A bcrypt hash.
pub(super) struct BcryptHash(String);

impl BcryptHash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            return None;
        }
        let parts: bcrypt::HashParts = text.parse().ok()?;
        let bearable = (MIN_BCRYPT_COST..=MAX_BCRYPT_COST).contains(&parts.get_cost());
        bearable.then(|| Self(text.to_owned()))
    }

    /// As the other system did: bytes after the 72nd do not count. They do from the first
    /// sign-in on, when the hash is replaced.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        // An error is a text that is no hash, and this one was read before.
        bcrypt::verify(password, &self.0).unwrap_or(false)
    }
}
