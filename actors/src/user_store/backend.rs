//! Where accounts are kept. Each operation is one conditional write or one read of one account,
//! so that any store can do it atomically (S-93).

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

pub(crate) use embedded::EmbeddedUsers;
#[cfg(test)]
pub(crate) use memory::MemoryUsers;
pub(crate) use mongodb::MongoUsers;
pub use mongodb::UserCodec;

use super::{ChangePassword, ReplacePasswordHash, ResetLink, UpdateOutcome, User, VerifiedPhone};
use crate::backend::Pending;
use crate::domain::{EmailAddress, Timestamp, UserId};

/// A store of accounts. What it confirms is durable (S-92) and seen by every later read.
pub(crate) trait UserBackend: Send + Sync + 'static {
    /// Adds `user` if nobody has its id or its canonical address.
    fn insert(&self, user: User) -> Pending<InsertOutcome>;

    /// The account with this id.
    fn find(&self, id: UserId) -> Pending<Option<User>>;

    /// The account with this canonical address.
    fn find_by_email(&self, email: EmailAddress) -> Pending<Option<User>>;

    /// [`account::change_password`](super::account::change_password), atomically.
    fn change_password(&self, change: ChangePassword, now: Timestamp) -> Pending<UpdateOutcome>;

    /// [`account::replace_password_hash`](super::account::replace_password_hash), atomically.
    fn replace_password_hash(&self, replacement: ReplacePasswordHash) -> Pending<UpdateOutcome>;

    /// [`account::record_reset_link`](super::account::record_reset_link), atomically.
    fn record_reset_link(&self, id: UserId, link: ResetLink) -> Pending<UpdateOutcome>;

    /// [`account::record_verified_phone`](super::account::record_verified_phone), atomically.
    fn record_verified_phone(&self, id: UserId, phone: VerifiedPhone) -> Pending<UpdateOutcome>;
}

/// The answer to an insert. Of any number of parallel inserts of one address, one succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InsertOutcome {
    /// The account exists from now on.
    Inserted,
    /// Another account has the address. Nothing was changed.
    EmailTaken,
    /// Another account has the id. Nothing was changed.
    IdTaken,
}
