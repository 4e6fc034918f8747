//! What the user store understands.

use actix::Message;

use crate::backend::BackendError;
use crate::domain::{
    EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, Timestamp, UserId,
};
use crate::runtime::AskError;

/// Why the user store refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserStoreError {
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// A verified account.
#[derive(Clone)]
pub struct User {
    /// Random and permanent.
    pub id: UserId,
    /// Unique by its canonical form.
    pub email: EmailAddress,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// The current hash.
    pub password_hash: PasswordHash,
    /// Starts at 1; one more with each change of the password.
    pub password_version: u32,
    /// The newest reset link, until it is used.
    pub reset_link: Option<ResetLink>,
    /// The verified number, if any.
    pub phone: Option<VerifiedPhone>,
    /// When the e-mail address was verified.
    pub created_at: Timestamp,
}

/// A reset link that has been mailed. Only its id is kept, never its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetLink {
    /// The `jti` of the link's token.
    pub id: LinkId,
    /// From this moment on the link is dead.
    pub expires_at: Timestamp,
}

/// A phone number whose owner proved to hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPhone {
    /// The number.
    pub number: PhoneNumber,
    /// When it was proved.
    pub verified_at: Timestamp,
}

/// Creates an account for an address that has just been verified.
#[derive(Message)]
#[rtype(result = "Result<CreateUserOutcome, UserStoreError>")]
pub struct CreateUser {
    /// The verified address.
    pub email: EmailAddress,
    /// Given name.
    pub first_name: PersonName,
    /// Family name.
    pub last_name: PersonName,
    /// Hash of the password chosen at sign-up.
    pub password_hash: PasswordHash,
}

/// The answer to [`CreateUser`]. Of any number of parallel calls for one address, one creates.
#[expect(clippy::large_enum_variant, reason = "moved once, from the actor to its caller")]
pub enum CreateUserOutcome {
    /// The account exists from now on, durably.
    Created(User),
    /// Another account has this address. Nothing was changed.
    EmailTaken,
}

/// Looks an account up by canonical e-mail address. Nobody is a value, not an error.
#[derive(Message)]
#[rtype(result = "Result<Option<User>, UserStoreError>")]
pub struct FindUserByEmail {
    /// The address.
    pub email: EmailAddress,
}

/// Looks an account up by id.
#[derive(Message)]
#[rtype(result = "Result<Option<User>, UserStoreError>")]
pub struct FindUser {
    /// The account.
    pub id: UserId,
}

/// Remembers a reset link as the account's only valid one; older links die.
#[derive(Message)]
#[rtype(result = "Result<UpdateOutcome, UserStoreError>")]
pub struct RecordResetLink {
    /// The account.
    pub id: UserId,
    /// The new link.
    pub link: ResetLink,
}

/// Replaces the password if nobody else has since the caller looked.
///
/// One conditional write: it also spends the reset link, so a link changes one password once.
#[derive(Message)]
#[rtype(result = "Result<UpdateOutcome, UserStoreError>")]
pub struct ChangePassword {
    /// The account.
    pub id: UserId,
    /// The version the caller saw.
    pub password_version: u32,
    /// What entitles the caller.
    pub authority: ResetAuthority,
    /// Hash of the new password.
    pub new_hash: PasswordHash,
}

/// Replaces the stored hash by a better one of the same password, if it is still the one that the
/// password was verified with.
///
/// Nothing else changes: neither the version nor the reset link, for neither is about the hash.
#[derive(Message)]
#[rtype(result = "Result<UpdateOutcome, UserStoreError>")]
pub struct ReplacePasswordHash {
    /// The account.
    pub id: UserId,
    /// The hash that was verified.
    pub expected: PasswordHash,
    /// What to store in its place.
    pub new: PasswordHash,
}

/// What entitles somebody to set a password without knowing the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetAuthority {
    /// The newest, unexpired reset link of the account.
    Link(LinkId),
    /// A session whose owner signed in a short while ago.
    RecentSignIn,
}

/// Stores a number whose owner proved to hold it, in place of any earlier one.
#[derive(Message)]
#[rtype(result = "Result<UpdateOutcome, UserStoreError>")]
pub struct RecordVerifiedPhone {
    /// The account.
    pub id: UserId,
    /// The number.
    pub number: PhoneNumber,
}

/// The answer to a conditional change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// Durable from now on.
    Done,
    /// The account is gone, or no longer what the caller saw. Nothing was changed.
    Stale,
}
