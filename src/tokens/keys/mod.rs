//! Signing keys: each pins one algorithm, the first of the ring signs, all of them verify.

mod algorithm;
mod development;
mod error;
mod file;
mod hmac_secret;
mod jwk_file;
mod key;
mod pem_file;
mod ring;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use error::{KeyError, KeyProblem};
pub(crate) use file::content as read_key_file;
pub use hmac_secret::WeakSecret;
pub(crate) use hmac_secret::check as check_secret;
pub use key::{Key, KeyId, PublicJwk};
pub use ring::{KeyRing, LiveKeys};

/// A new key, without a file.
#[cfg(test)]
pub(super) fn generated(algorithm: Algorithm) -> Key {
    file::parse(&development::generate(algorithm).unwrap()).unwrap_or_else(|e| panic!("{e}"))
}
