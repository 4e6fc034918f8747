//! *Owns* the peppers and the hashing lanes: so many threads, so much memory, so long a queue, and
//! no more.
//! *Loses on restart* nothing: the lanes outlive the actor, and it keeps no state of its own.
//! *Replies within* [`HashingRules::max_wait`] plus one hash, or says that it is busy at once.

mod actor;
mod hasher;
mod lanes;
mod memory;
mod messages;
mod metrics;
mod pepper;
mod queue;
mod rules;
mod stored;
#[cfg(test)]
mod tests;

pub use actor::{PasswordHasher, StartHasherError};
pub(crate) use hasher::Hasher;
pub(crate) use memory::Memory;
pub use messages::{CheckRoom, HashError, HashPassword, RehashPassword, Verdict, VerifyPassword};
pub use pepper::{InvalidPepper, Pepper, Peppers};
pub use rules::{CostFloor, HashingRules, InvalidHashingRules};
