//! What the password hasher understands.

use actix::Message;

use crate::domain::{Password, PasswordHash};
use crate::runtime::AskError;

/// Why the hasher refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue is full, or no lane became free in time. No work was done (S-06).
    #[error("all hashing lanes are busy")]
    Busy,
    /// A stored hash was made with a pepper that this server was not given (S-09).
    #[error("the stored hash needs a pepper that is not configured")]
    UnknownPepper,
    /// The hashing itself failed.
    #[error("hashing failed")]
    Failed,
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Hashes a password with Argon2id and the configured cost.
#[derive(Message)]
#[rtype(result = "Result<PasswordHash, HashError>")]
pub struct HashPassword {
    /// The password.
    pub password: Password,
}

/// As [`HashPassword`], when no other work waits for a lane, or else not at all: `Busy`.
#[derive(Message)]
#[rtype(result = "Result<PasswordHash, HashError>")]
pub struct RehashPassword {
    /// The password that was just verified.
    pub password: Password,
}

/// Asks whether a place in the queue is free, or else `Busy`: whoever has work to do before a hash
/// spares it when there will be none. The place may be gone by then all the same.
#[derive(Message)]
#[rtype(result = "Result<(), HashError>")]
pub struct CheckRoom;

/// Compares a password with a stored hash, in constant time.
///
/// `None` stands for "no such account": a dummy hash of the same cost is computed, so that the
/// caller cannot forget to spend the same time (S-47).
#[derive(Message)]
#[rtype(result = "Result<Verdict, HashError>")]
pub struct VerifyPassword {
    /// The password presented.
    pub password: Password,
    /// The stored hash, if there is an account.
    pub hash: Option<PasswordHash>,
}

/// The answer to [`VerifyPassword`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match,
    /// The password is right, and its hash is not what [`HashPassword`] would make today: it is
    /// cheaper, has another pepper, or is of another system (S-07).
    MatchOutdated,
    /// The password is wrong, or there is no account.
    Mismatch,
    /// The stored hash is no hash that this server knows, or costs more than it is willing to
    /// spend on one (S-02). No password opens the account; a dummy hash was computed.
    Unusable,
}
