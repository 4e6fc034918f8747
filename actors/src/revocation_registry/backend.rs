//! What the registry needs of a store.

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

use std::sync::Arc;

use super::index::RevocationIndex;
use super::ledger::{NewSession, SessionRules};
use super::messages::{Session, SessionRef};
use crate::backend::Pending;
use crate::domain::{SessionId, Timestamp, UserId};

pub(crate) use embedded::EmbeddedSessions;
#[cfg(test)]
pub(crate) use memory::MemorySessions;
pub(crate) use mongodb::MongoSessions;
pub use mongodb::SessionCodec;

/// A durable store of sessions, account epochs and revocations.
///
/// Every operation is atomic on one session or one account's epoch, decided by the rules on the
/// stored state: a store without transactions writes on the condition that what it decided on
/// has not changed, and decides again when it has.
pub(crate) trait SessionBackend: Send + Sync + 'static {
    /// Stores a session that carries the account's epoch, which is `least_epoch` or more from
    /// then on, and revokes those it evicts.
    fn open(
        &self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Opened>;

    /// Uses a refresh token of `generation`. A spent one revokes the session.
    fn refresh(
        &self,
        session: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Refreshed>;

    /// Revokes a session. `None`: there is none.
    fn revoke(
        &self,
        session: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Option<Revoked>>;

    /// Whether a session can be used at `now`.
    fn is_live(&self, session: SessionRef, rules: SessionRules, now: Timestamp) -> Pending<bool>;

    /// The account's epoch: 0 until raised, kept for ever.
    fn epoch(&self, user: UserId) -> Pending<u32>;

    /// Raises the account's epoch by one, which revokes all its sessions; the new epoch.
    fn raise_epoch(&self, user: UserId, rules: SessionRules, now: Timestamp) -> Pending<u32>;

    /// Deletes up to `limit` expired sessions and as many expired revocations. `true`: there
    /// may be more.
    fn sweep(&self, rules: SessionRules, now: Timestamp, limit: usize) -> Pending<bool>;

    /// Writes every revocation and raised epoch that still matters at `now` into `index`.
    fn load_into(&self, index: Arc<RevocationIndex>, now: Timestamp) -> Pending<()>;
}

/// The answer to [`SessionBackend::open`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    /// As stored.
    pub(crate) session: Session,
    /// Revoked in its favour.
    pub(crate) evicted: Vec<Evicted>,
}

/// A session that made room for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evicted {
    /// Its id.
    pub(crate) id: SessionId,
    /// When it would have ended.
    pub(crate) expires_at: Timestamp,
}

/// The answer to [`SessionBackend::refresh`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The session as stored now.
    Live(Session),
    /// Unknown, expired or revoked.
    Dead,
    /// Revoked by this use of a spent token.
    Reused {
        /// When the session would have ended.
        expires_at: Timestamp,
    },
}

/// The answer to [`SessionBackend::revoke`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revoked {
    /// Whether it could have been refreshed until now.
    pub(crate) was_live: bool,
    /// When it would have ended.
    pub(crate) expires_at: Timestamp,
}

impl From<&Session> for Evicted {
    fn from(session: &Session) -> Self {
        Self { id: session.id, expires_at: session.expires_at }
    }
}
