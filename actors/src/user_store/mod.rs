//! Owns: the accounts, each with a unique canonical e-mail address.
//! Loses on restart: nothing; every answer comes from the backend.
//! Replies within: one read or one durable write of the backend.

mod account;
mod actor;
mod backend;
pub(crate) mod measured;
mod messages;
#[cfg(test)]
mod tests;

pub use actor::UserStore;
#[cfg(test)]
use backend::MemoryUsers;
pub(crate) use backend::{EmbeddedUsers, MongoUsers, UserBackend};
pub use messages::{
    ChangePassword, CreateUser, CreateUserOutcome, FindUser, FindUserByEmail, RecordResetLink,
    RecordVerifiedPhone, ReplacePasswordHash, ResetAuthority, ResetLink, UpdateOutcome, User,
    UserStoreError, VerifiedPhone,
};
