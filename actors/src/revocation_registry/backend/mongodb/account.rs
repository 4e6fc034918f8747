//! What one document holds, and the ledger's rules applied to it.

use crate::domain::{SessionId, Timestamp};
use crate::revocation_registry::backend::{Evicted, Opened, Refreshed, Revoked};
use crate::revocation_registry::ledger::{NewSession, RefreshDecision, SessionRules};
use crate::revocation_registry::messages::{Session, SessionRef};

/// A document lists at most this many ended sessions, so that no account's grows without bound.
const MOST_ENDED: usize = 64;

/// An account's epoch and sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// Of the sessions opened from now on.
    pub(super) epoch: u32,
    /// When the last token of an earlier epoch ends. `None`: there is none in circulation.
    pub(super) epoch_ends: Option<Timestamp>,
    /// Those that were not revoked.
    pub(super) sessions: Vec<Session>,
    /// Those that were, the latest last, while a token of theirs may be in circulation.
    pub(super) ended: Vec<Ended>,
    /// When the sweep should look. Never later than there is something to forget.
    pub(super) sweep_at: Option<Timestamp>,
}

/// A revoked session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its id.
    pub(super) id: SessionId,
    /// The end of its last token.
    pub(super) until: Timestamp,
}

impl Account {
    pub(super) fn open(
        &mut self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Opened {
        if self.epoch < least_epoch {
            self.epoch = least_epoch;
            self.epoch_ends = self.epoch_ends.max(Some(rules.account_tokens_end(now)));
            self.sessions.clear();
        }
        let live = self.sessions.iter().filter(|session| rules.is_live(session, self.epoch, now));
        let evicted = rules.evicted(live.cloned().collect());
        for session in &evicted {
            self.end(session, rules);
        }
        let session = rules.open(new, self.epoch, now);
        self.sessions.push(session.clone());
        self.reschedule(rules);
        Opened { session, evicted: evicted.iter().map(Evicted::from).collect() }
    }

    pub(super) fn is_live(&self, token: SessionRef, rules: SessionRules, now: Timestamp) -> bool {
        let session = self.sessions.iter().find(|session| session.id == token.id);
        session.is_some_and(|session| rules.is_live(session, self.epoch, now))
    }

    pub(super) fn refresh(
        &mut self,
        token: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Refreshed {
        let epoch = self.epoch;
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == token.id) else {
            return Refreshed::Dead;
        };
        match rules.refresh(session, epoch, token, generation, now) {
            RefreshDecision::Advance(next) => {
                session.clone_from(&next);
                Refreshed::Live(next)
            }
            RefreshDecision::Repeat => Refreshed::Live(session.clone()),
            RefreshDecision::Dead => Refreshed::Dead,
            RefreshDecision::Reused => {
                let session = session.clone();
                self.end(&session, rules);
                self.reschedule(rules);
                Refreshed::Reused { expires_at: session.expires_at }
            }
        }
    }

    pub(super) fn revoke(
        &mut self,
        token: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Option<Revoked> {
        let session = self.sessions.iter().find(|session| session.id == token.id)?.clone();
        self.end(&session, rules);
        self.reschedule(rules);
        let was_live = rules.is_live(&session, self.epoch, now);
        Some(Revoked { was_live, expires_at: session.expires_at })
    }

    /// Forgets what no token in circulation speaks of. The epoch is never forgotten.
    pub(super) fn sweep(&mut self, rules: SessionRules, now: Timestamp) {
        self.sessions.retain(|session| now < rules.ends_at(session));
        self.ended.retain(|ended| now < ended.until);
        self.epoch_ends = self.epoch_ends.filter(|end| now < *end);
        self.sweep_at = self.next_end(rules);
    }

    /// Takes the older half of a list that became too long. It belongs into a document of its own.
    pub(super) fn overflow(&mut self) -> Option<(SessionId, Self)> {
        if self.ended.len() <= MOST_ENDED {
            return None;
        }
        let ended: Vec<_> = self.ended.drain(..MOST_ENDED / 2).collect();
        let first = ended.first()?.id;
        let sweep_at = ended.iter().map(|ended| ended.until).min();
        Some((first, Self { ended, sweep_at, ..Self::default() }))
    }

    /// Whether other nodes must hear of what happened since `before`.
    pub(super) fn tells_news_since(&self, before: &Self) -> bool {
        self.epoch != before.epoch || self.ended.iter().any(|ended| !before.ended.contains(ended))
    }

    /// Whether a node that starts has nothing to learn here.
    pub(super) fn is_silent(&self) -> bool {
        self.ended.is_empty() && self.epoch_ends.is_none()
    }

    /// Whether nothing is lost with the document.
    pub(super) fn is_vacant(&self) -> bool {
        self.epoch == 0 && self.sessions.is_empty() && self.is_silent()
    }

    fn end(&mut self, session: &Session, rules: SessionRules) {
        self.sessions.retain(|other| other.id != session.id);
        let until = rules.session_tokens_end(session.expires_at);
        self.ended.push(Ended { id: session.id, until });
    }

    /// Not at each refresh, which only postpones an end: the sweep looks too early, and postpones.
    fn reschedule(&mut self, rules: SessionRules) {
        self.sweep_at = self.sweep_at.into_iter().chain(self.next_end(rules)).min();
    }

    pub(super) fn next_end(&self, rules: SessionRules) -> Option<Timestamp> {
        let sessions = self.sessions.iter().map(|session| rules.ends_at(session));
        let ended = self.ended.iter().map(|ended| ended.until);
        sessions.chain(ended).chain(self.epoch_ends).min()
    }
}
