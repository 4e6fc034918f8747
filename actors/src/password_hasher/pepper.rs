//! Keys outside the store that a password is mixed with before it is hashed (S-09): who has only
//! the stored hashes cannot guess a single one.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::HashError;

/// Least length of a key: that of the output of the HMAC.
const MIN_KEY_BYTES: usize = 32;
const MAX_ID_LENGTH: usize = 16;

/// Why a pepper is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPepper {
    /// The id would not fit into a stored hash.
    #[error("the id must have 1 to {MAX_ID_LENGTH} of the characters a-z, 0-9 and -")]
    Id,
    /// The key can be guessed.
    #[error("the key must have at least {MIN_KEY_BYTES} bytes")]
    TooShort,
    /// Two peppers have one id.
    #[error("the id is taken by another pepper")]
    Duplicate,
}

/// One key and the id that stored hashes name it by. It has no `Debug` and is wiped on drop.
pub struct Pepper {
    id: String,
    key: Zeroizing<Vec<u8>>,
}

impl Pepper {
    /// A pepper of at least 32 bytes.
    pub fn new(id: &str, key: Zeroizing<Vec<u8>>) -> Result<Self, InvalidPepper> {
        let fits = (1..=MAX_ID_LENGTH).contains(&id.len())
            && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !fits {
            return Err(InvalidPepper::Id);
        }
        if key.len() < MIN_KEY_BYTES {
            return Err(InvalidPepper::TooShort);
        }
        Ok(Self { id: id.to_owned(), key })
    }

    /// What stored hashes name it by.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// HMAC-SHA-256 of the password: this, in its place, is what Argon2id hashes.
    pub(super) fn mix(&self, password: &str) -> Result<Zeroizing<[u8; 32]>, HashError> {
        // HMAC takes keys of any length.
        let mac = Hmac::<Sha256>::new_from_slice(&self.key);
        let mut mac = mac.map_err(|_| HashError::Failed)?;
        mac.update(password.as_bytes());
        Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
    }
}

/// All peppers; clones share them. None by default.
#[derive(Clone, Default)]
pub struct Peppers(Arc<[Pepper]>);

impl Peppers {
    /// The first makes new hashes, all verify.
    pub fn new(peppers: Vec<Pepper>) -> Result<Self, InvalidPepper> {
        let taken = |index, id: &str| peppers.iter().take(index).any(|other| other.id == *id);
        if peppers.iter().enumerate().any(|(index, pepper)| taken(index, &pepper.id)) {
            return Err(InvalidPepper::Duplicate);
        }
        Ok(Self(peppers.into()))
    }

    /// The one for new hashes.
    pub(super) fn current(&self) -> Option<&Pepper> {
        self.0.first()
    }

    /// The one that a stored hash names.
    pub(super) fn find(&self, id: &str) -> Option<&Pepper> {
        self.0.iter().find(|pepper| pepper.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pepper(id: &str, length: usize) -> Result<Pepper, InvalidPepper> {
        Pepper::new(id, Zeroizing::new(vec![7; length]))
    }

    #[test]
    fn ids_and_keys_have_bounds_s09() {
        for id in ["a", "2026-11", "abcdefghijklmnop"] {
            assert!(pepper(id, 32).is_ok(), "{id}");
        }
        for id in ["", "abcdefghijklmnopq", "A", "a_b", "a,b", "a$b", "ä", "a b"] {
            assert_eq!(pepper(id, 32).err(), Some(InvalidPepper::Id), "{id}");
        }
        assert_eq!(pepper("a", 31).err(), Some(InvalidPepper::TooShort));
        assert!(pepper("a", 1000).is_ok());
    }

    #[test]
    fn an_id_names_one_pepper() {
        let three = |last| ["a", "b", last].map(|id| pepper(id, 32).unwrap()).into();
        assert_eq!(Peppers::new(three("a")).err(), Some(InvalidPepper::Duplicate));
        let peppers = Peppers::new(three("c")).unwrap();
        assert_eq!(peppers.current().map(Pepper::id), Some("a"));
        assert_eq!(peppers.find("c").map(Pepper::id), Some("c"));
        assert!(peppers.find("d").is_none());
    }

    #[test]
    fn mixing_is_hmac_sha_256() {
        // RFC 4231 §4.7, test case 6: a key longer than a block.
        let long = Pepper::new("long", Zeroizing::new(vec![0xaa; 131])).unwrap();
        let mixed = long.mix("Test Using Larger Than Block-Size Key - Hash Key First").unwrap();
        let expected = [
            0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5,
            0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f,
            0x0e, 0xe3, 0x7f, 0x54,
        ];
        assert_eq!(*mixed, expected);
    }
}
