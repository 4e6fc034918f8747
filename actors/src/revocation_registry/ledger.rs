//! The rules of a session's life: when it is live, what a refresh does, which one is evicted.

use std::time::Duration;

use super::messages::{Session, SessionRef};
use crate::domain::{Client, SessionId, Timestamp, UserId};

/// Added to the end of a token before what is known against it is forgotten (S-39): the largest
/// leeway that a token check may be configured with (S-22).
const LEEWAY: Duration = Duration::from_secs(30);

/// How long sessions live, and how their refresh tokens are used.
#[derive(Clone, Copy, Debug)]
pub struct SessionRules {
    /// From sign-in to the end of the refresh token, used or not.
    pub refresh_ttl: Duration,
    /// From one refresh to the next, at most.
    pub refresh_idle: Duration,
    /// The life of an access token. One minted by the last possible refresh outlives its session
    /// by this much, so a revocation is remembered for as long.
    pub access_ttl: Duration,
    /// Live sessions of one account. One more evicts the least recently refreshed (S-106).
    pub max_per_account: usize,
    /// Whether each refresh replaces the refresh token.
    ///
    /// Switched off, generations stand still but stay checked: what was spent while it was on
    /// stays spent, so that no stolen token comes back to life.
    pub rotation: bool,
    /// For this long after a rotation its predecessor still yields the same successor (S-31).
    pub reuse_window: Duration,
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub(crate) struct NewSession {
    /// Fresh and random (S-105).
    pub(crate) id: SessionId,
    /// Whose it will be.
    pub(crate) user_id: UserId,
    /// Who is signing in.
    pub(crate) client: Client,
    /// Whether it is taken for the account's first, so that nobody looks for others at first.
    pub(crate) is_first: bool,
}

/// What the use of a refresh token does to its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefreshDecision {
    /// Store this state, if the session is still in the state that was decided on.
    Advance(Session),
    /// The reply was lost: answer with the stored state once more.
    Repeat,
    /// Refuse.
    Dead,
    /// Revoke the session: its spent refresh token is in circulation.
    Reused,
}

impl SessionRules {
    /// The session as it starts, in an account whose epoch is `epoch`.
    pub(super) fn open(&self, new: NewSession, epoch: u32, now: Timestamp) -> Session {
        Session {
            id: new.id,
            user_id: new.user_id,
            epoch,
            authenticated_at: now,
            refreshed_at: now,
            expires_at: now.after(self.refresh_ttl),
            generation: 0,
            client: new.client,
        }
    }

    /// When the session ends unless it is refreshed before.
    pub(super) fn ends_at(&self, session: &Session) -> Timestamp {
        session.expires_at.min(session.refreshed_at.after(self.refresh_idle))
    }

    /// Whether the session can be used, in an account whose epoch is `epoch`.
    pub(super) fn is_live(&self, session: &Session, epoch: u32, now: Timestamp) -> bool {
        session.epoch >= epoch && now < self.ends_at(session)
    }

    /// Which of an account's `live` sessions must go before one more is opened.
    pub(super) fn evicted(&self, mut live: Vec<Session>) -> Vec<Session> {
        live.sort_by_key(|session| (session.refreshed_at, session.authenticated_at, session.id));
        let surplus = (live.len() + 1).saturating_sub(self.max_per_account);
        live.truncate(surplus);
        live
    }

    /// Uses the refresh token that names `token` and carries `generation`.
    pub(super) fn refresh(
        &self,
        session: &Session,
        epoch: u32,
        token: SessionRef,
        generation: u32,
        now: Timestamp,
    ) -> RefreshDecision {
        if !session.is_named_by(token) || !self.is_live(session, epoch, now) {
            return RefreshDecision::Dead;
        }
        if generation == session.generation {
            return RefreshDecision::Advance(Session {
                // A clock that was set back must not shorten the idle time.
                refreshed_at: now.max(session.refreshed_at),
                generation: session.generation.saturating_add(u32::from(self.rotation)),
                ..session.clone()
            });
        }
        let is_previous = generation.checked_add(1) == Some(session.generation);
        let is_recent = now.since(session.refreshed_at) <= self.reuse_window;
        if self.rotation && is_previous && is_recent {
            RefreshDecision::Repeat
        } else {
            RefreshDecision::Reused
        }
    }

    /// When the last token of a session that expires at `expires_at` is of no use any more.
    pub(super) fn session_tokens_end(&self, expires_at: Timestamp) -> Timestamp {
        expires_at.after(self.access_ttl).after(LEEWAY)
    }

    /// When the last token of any session opened until `now` is of no use any more.
    ///
    /// A session opened under a longer `refresh_ttl` may outlive this. Its access tokens do not,
    /// and its refresh token meets the account's durable epoch.
    pub(super) fn account_tokens_end(&self, now: Timestamp) -> Timestamp {
        self.session_tokens_end(now.after(self.refresh_ttl))
    }
}

impl Session {
    /// Whether `token` was issued for this session.
    pub(super) fn is_named_by(&self, token: SessionRef) -> bool {
        token == SessionRef { id: self.id, user_id: self.user_id, epoch: self.epoch }
    }
}

#[cfg(test)]
#[path = "tests/ledger.rs"]
mod tests;
