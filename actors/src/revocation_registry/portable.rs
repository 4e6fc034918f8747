//! Sessions, and what is revoked, whatever store they are in.

use super::messages::Session;
use crate::domain::{SessionId, Timestamp, UserId};

/// An account's epoch and sessions.
pub(crate) struct AccountSessions {
    /// Whose.
    pub(crate) user_id: UserId,
    /// Of the sessions opened from now on.
    pub(crate) epoch: u32,
    /// When the last token of an earlier epoch ends. `None`: there is none in circulation.
    pub(crate) epoch_ends: Option<Timestamp>,
    /// Those that were not revoked, by id.
    pub(crate) sessions: Vec<Session>,
}

/// A session that was revoked.
#[derive(Clone, Copy)]
pub(crate) struct EndedSession {
    /// Its id.
    pub(crate) id: SessionId,
    /// The end of its last token.
    pub(crate) until: Timestamp,
}
