//! Why keys are refused at start. No message ever holds a file's contents.

use std::io;
use std::path::{Path, PathBuf};

use super::{Algorithm, KeyId, WeakSecret};

/// Why there is no usable key ring.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// One key file is at fault.
    #[error("signing key {}: {problem}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: KeyProblem,
    },
    /// No key was given: nothing could be signed.
    #[error("no signing key is configured")]
    None,
    /// Every verification scans the ring, so it is kept short.
    #[error("more than {limit} signing keys are configured")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A `kid` must name one key.
    #[error("two signing keys have the id {id}: the same key is listed twice")]
    Duplicate {
        /// The id they share.
        id: KeyId,
    },
}

impl KeyError {
    pub(super) fn file(path: &Path, problem: KeyProblem) -> Self {
        Self::File { path: path.to_owned(), problem }
    }
}

/// What is wrong with a key file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The operating system gave no access.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// A folder, a pipe or a device.
    #[error("is not a regular file")]
    NotAFile,
    /// Larger than any key.
    #[error("is larger than 64 KiB")]
    TooLarge,
    /// The key this server made for itself can be read by others.
    #[error("has mode {mode:03o}: only its owner may have access (chmod 600)")]
    Exposed {
        /// The permission bits.
        mode: u32,
    },
    /// Neither of the known formats.
    #[error("is neither PEM (PKCS#8) nor a JWK")]
    UnknownFormat,
    /// PEM that does not decode.
    #[error("holds broken PEM")]
    BrokenPem,
    /// More than one PEM block.
    #[error("holds several PEM blocks: give one private key per file")]
    SeveralPemBlocks,
    /// PEM of something else.
    #[error(
        "holds {0}, but a PKCS#8 block `PRIVATE KEY` is needed (see `openssl pkcs8 -topk8 -nocrypt`)"
    )]
    NotPkcs8(&'static str),
    /// A private key of an algorithm this server does not use.
    #[error("holds a private key that is neither Ed25519 nor EC P-256, or is damaged")]
    UnsupportedPkcs8,
    /// JSON that is no private JWK; the position says where reading stopped.
    #[error("is not a private JWK: JSON error at line {line}, column {column}")]
    BrokenJwk {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A JWK that breaks its own rules.
    #[error("is not a usable JWK: {0}")]
    UnusableJwk(&'static str),
    /// An HMAC secret that could be guessed (S-25).
    #[error("holds a weak HMAC secret: {0}")]
    Weak(#[from] WeakSecret),
    /// The key is fine but not for the configured algorithm.
    #[error("holds a key for {found}, but tokens are to be signed with {expected}")]
    WrongAlgorithm {
        /// What the settings say.
        expected: Algorithm,
        /// What the key is for.
        found: Algorithm,
    },
    /// The development key could not be stored.
    #[error("cannot be created: {0}")]
    NotCreated(io::ErrorKind),
    /// The cryptographic library refused to work.
    #[error("the cryptographic library failed")]
    Crypto,
}
