//! What the revocation registry and its readers understand.

use actix::Message;

use crate::backend::BackendError;
use crate::domain::{Client, SessionId, Timestamp, UserId};
use crate::runtime::AskError;

/// Why the registry refused or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// This node has not heard for too long what others revoked (`tokens.max_staleness`).
    #[error("what is revoked is not known")]
    Stale,
}

/// One sign-in of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Random, the `sid` of its tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The account's epoch when the session was opened. Revoking an account raises its epoch:
    /// tokens of earlier epochs are dead, whatever their timestamps say (S-34).
    pub epoch: u32,
    /// When the owner proved who they are: `auth_time` of the session's tokens.
    pub authenticated_at: Timestamp,
    /// The last use of the refresh token.
    pub refreshed_at: Timestamp,
    /// The refresh token ends here, used or not.
    pub expires_at: Timestamp,
    /// How often the refresh token was replaced (0 unless rotation is on).
    pub generation: u32,
    /// Who opened it.
    pub client: Client,
}

/// Opens a session for an account that has just authenticated.
///
/// At most 10 live sessions per account (S-106): the least recently refreshed one is revoked.
#[derive(Message)]
#[rtype(result = "Result<Session, RevocationError>")]
pub struct OpenSession {
    /// The account.
    pub user_id: UserId,
    /// Who is signing in.
    pub client: Client,
    /// Whether the account was only just made and has no session yet, which spares the store a
    /// look. It is no harm if it has one after all.
    pub is_first: bool,
}

/// What names a session in a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRef {
    /// The `sid`.
    pub id: SessionId,
    /// The `sub`.
    pub user_id: UserId,
    /// The `epoch`.
    pub epoch: u32,
}

/// Uses a refresh token: one conditional write on the session.
#[derive(Message)]
#[rtype(result = "Result<RefreshOutcome, RevocationError>")]
pub struct RefreshSession {
    /// The session the refresh token names.
    pub session: SessionRef,
    /// The `generation` of the refresh token.
    pub generation: u32,
}

/// The answer to [`RefreshSession`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The session lives; this is it after the refresh.
    Live(Session),
    /// Revoked, expired, idle for too long, or unknown.
    Dead,
    /// An outdated refresh token was used again: the session has been revoked (S-31).
    Reused,
}

/// Signs one session out. Durable before the answer; readers of this process refuse its tokens
/// from the moment the actor takes the message.
#[derive(Message)]
#[rtype(result = "Result<RevokeOutcome, RevocationError>")]
pub struct RevokeSession {
    /// The session.
    pub session: SessionRef,
}

/// The answer to [`RevokeSession`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// It lived until now.
    Revoked,
    /// It was dead already.
    AlreadyDead,
}

/// Signs every session of an account out, by raising the account's epoch in one write (S-40).
#[derive(Message)]
#[rtype(result = "Result<(), RevocationError>")]
pub struct RevokeAccount {
    /// The account.
    pub user_id: UserId,
}

/// Asks a reader whether a token's session still stands. Answered from memory.
#[derive(Message)]
#[rtype(result = "Result<Standing, RevocationError>")]
pub struct CheckStanding {
    /// The session the token names.
    pub session: SessionRef,
}

/// Asks the store itself whether a token's session still stands: for what must not be decided by
/// a node that another node's revocation has not reached yet.
#[derive(Message)]
#[rtype(result = "Result<Standing, RevocationError>")]
pub struct ConfirmStanding {
    /// The session the token names.
    pub session: SessionRef,
}

/// The answer to [`CheckStanding`] and [`ConfirmStanding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing has revoked it.
    Good,
    /// Signed out, or the account's sessions were all revoked; for the store, also expired.
    Revoked,
}
