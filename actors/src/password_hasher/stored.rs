//! Stored hashes that are worth verifying: ours, and those of the systems that users come from.
//! Which text is which, see `docs/passwords.md`.

mod argon2;
mod bcrypt;
mod pbkdf2;
mod salted;
mod scrypt;
#[cfg(test)]
mod vectors;

use ::argon2::Params;
use sha2::{Digest, Sha256};
use tracing::error;
use zeroize::Zeroizing;

use self::argon2::Argon2Hash;
use self::bcrypt::BcryptHash;
use self::pbkdf2::Pbkdf2Hash;
use self::salted::Salted;
use self::scrypt::ScryptHash;
use super::HashError;
use super::memory::Memory;
use super::pepper::Peppers;

/// Before the hash of a Meteor account. Meteor's clients send the SHA-256 of a password, so its
/// servers hash the 64 hexadecimal digits of that.
const METEOR: &str = "$meteor";

/// A hash in a known format, at a bearable cost.
pub(super) struct Stored {
    scheme: Scheme,
    of_digest: bool,
}

enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
    Scrypt(ScryptHash),
}

impl Stored {
    /// Reads a stored text. `None` when it is no hash that this server verifies (S-02).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, of_digest) = match text.strip_prefix(METEOR) {
            Some(text) => (text, true),
            None => (text, false),
        };
        // One format each: the first field of none is that of another.
        let scheme = Argon2Hash::parse(text)
            .map(Scheme::Argon2)
            .or_else(|| BcryptHash::parse(text).map(Scheme::Bcrypt))
            .or_else(|| Pbkdf2Hash::parse(text).map(Scheme::Pbkdf2))
            .or_else(|| ScryptHash::parse(text).map(Scheme::Scrypt))?;
        Some(Self { scheme, of_digest })
    }

    /// A hash of our own making.
    pub(super) fn own(
        params: &Params,
        key_id: Option<&str>,
        salt: &[u8],
        output: &[u8],
    ) -> Option<Self> {
        let hash = Argon2Hash::own(params, key_id, Salted::new(salt, output)?);
        Some(Self { scheme: Scheme::Argon2(hash), of_digest: false })
    }

    /// Whether this is the hash of `password`. `UnknownPepper` when that cannot be told.
    pub(super) fn matches(
        &self,
        password: &str,
        peppers: &Peppers,
        memory: &mut Memory,
    ) -> Result<bool, HashError> {
        if self.of_digest {
            let digest = hexadecimal(&Zeroizing::new(Sha256::digest(password).into()));
            return self.scheme.matches(&digest, peppers, memory);
        }
        self.scheme.matches(password, peppers, memory)
    }

    /// Whether this is what a hasher of `params` and `peppers` would make today, or dearer.
    pub(super) fn is_current(&self, params: &Params, peppers: &Peppers) -> bool {
        match &self.scheme {
            Scheme::Argon2(hash) => !self.of_digest && hash.is_current(params, peppers),
            Scheme::Bcrypt(_) | Scheme::Pbkdf2(_) | Scheme::Scrypt(_) => false,
        }
    }

    /// Memory and passes, of Argon2 only.
    #[cfg(test)]
    pub(super) fn argon2_params(&self) -> Option<&Params> {
        match &self.scheme {
            Scheme::Argon2(hash) => Some(hash.params()),
            Scheme::Bcrypt(_) | Scheme::Pbkdf2(_) | Scheme::Scrypt(_) => None,
        }
    }
}

impl Scheme {
    fn matches(
        &self,
        password: &str,
        peppers: &Peppers,
        memory: &mut Memory,
    ) -> Result<bool, HashError> {
        let bytes = password.as_bytes();
        match self {
            Self::Argon2(hash) => {
                let Some(id) = hash.key_id() else { return hash.matches(bytes, memory) };
                let Some(pepper) = peppers.find(id) else {
                    error!(
                        pepper = id,
                        "a stored password hash needs a pepper that is not configured"
                    );
                    return Err(HashError::UnknownPepper);
                };
                hash.matches(&*pepper.mix(password)?, memory)
            }
            Self::Bcrypt(hash) => Ok(hash.matches(bytes)),
            Self::Pbkdf2(hash) => hash.matches(bytes),
            Self::Scrypt(hash) => hash.matches(bytes),
        }
    }
}

fn hexadecimal(digest: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in digest {
        let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
        text.extend(digits.into_iter().flatten());
    }
    text
}
