//! Sessions in this process's memory, for tests and trials.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Evicted, Opened, Refreshed, Revoked, SessionBackend};
use crate::backend::{Pending, ready};
use crate::domain::{SessionId, Timestamp, UserId};
use crate::revocation_registry::index::RevocationIndex;
use crate::revocation_registry::ledger::{NewSession, RefreshDecision, SessionRules};
use crate::revocation_registry::messages::{Session, SessionRef};

/// A store that ends with the process.
#[derive(Default)]
pub(crate) struct MemorySessions {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: BTreeMap<(UserId, SessionId), Session>,
    epochs: HashMap<UserId, Epoch>,
    /// Revoked sessions, and when their last token ends.
    revoked: HashMap<SessionId, Timestamp>,
}

#[derive(Clone, Copy, Default)]
struct Epoch {
    number: u32,
    until: Timestamp,
}

impl MemorySessions {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether neither a session nor a revocation is stored.
    #[cfg(test)]
    pub(in crate::revocation_registry) fn is_empty(&self) -> bool {
        let state = self.state();
        state.sessions.is_empty() && state.revoked.is_empty()
    }
}

impl State {
    fn epoch(&self, user: UserId) -> u32 {
        self.epochs.get(&user).map_or(0, |epoch| epoch.number)
    }

    fn sessions_of(&self, user: UserId) -> Vec<Session> {
        self.sessions.values().filter(|session| session.user_id == user).cloned().collect()
    }

    fn revoke(&mut self, session: &Session, rules: SessionRules) {
        self.sessions.remove(&(session.user_id, session.id));
        self.revoked.insert(session.id, rules.session_tokens_end(session.expires_at));
    }

    fn raise_epoch(&mut self, user: UserId, number: u32, until: Timestamp) {
        self.epochs.insert(user, Epoch { number, until });
        self.sessions.retain(|_, session| session.user_id != user);
    }
}

impl SessionBackend for MemorySessions {
    fn open(
        &self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Opened> {
        let mut state = self.state();
        let user = new.user_id;
        if state.epoch(user) < least_epoch {
            state.raise_epoch(user, least_epoch, rules.account_tokens_end(now));
        }
        let epoch = state.epoch(user);
        let live = state.sessions_of(user).into_iter().filter(|s| rules.is_live(s, epoch, now));
        let evicted = rules.evicted(live.collect());
        for session in &evicted {
            state.revoke(session, rules);
        }
        let session = rules.open(new, epoch, now);
        state.sessions.insert((user, session.id), session.clone());
        ready(Opened { session, evicted: evicted.iter().map(Evicted::from).collect() })
    }

    fn refresh(
        &self,
        token: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Refreshed> {
        let mut state = self.state();
        let key = (token.user_id, token.id);
        let Some(session) = state.sessions.get(&key).cloned() else {
            return ready(Refreshed::Dead);
        };
        let epoch = state.epoch(token.user_id);
        ready(match rules.refresh(&session, epoch, token, generation, now) {
            RefreshDecision::Advance(next) => {
                state.sessions.insert(key, next.clone());
                Refreshed::Live(next)
            }
            RefreshDecision::Repeat => Refreshed::Live(session),
            RefreshDecision::Dead => Refreshed::Dead,
            RefreshDecision::Reused => {
                state.revoke(&session, rules);
                Refreshed::Reused { expires_at: session.expires_at }
            }
        })
    }

    fn revoke(
        &self,
        token: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Option<Revoked>> {
        let mut state = self.state();
        let Some(session) = state.sessions.get(&(token.user_id, token.id)).cloned() else {
            return ready(None);
        };
        state.revoke(&session, rules);
        let was_live = rules.is_live(&session, state.epoch(token.user_id), now);
        ready(Some(Revoked { was_live, expires_at: session.expires_at }))
    }

    fn is_live(&self, token: SessionRef, rules: SessionRules, now: Timestamp) -> Pending<bool> {
        let state = self.state();
        let epoch = state.epoch(token.user_id);
        let session = state.sessions.get(&(token.user_id, token.id));
        ready(session.is_some_and(|session| rules.is_live(session, epoch, now)))
    }

    fn epoch(&self, user: UserId) -> Pending<u32> {
        ready(self.state().epoch(user))
    }

    fn raise_epoch(&self, user: UserId, rules: SessionRules, now: Timestamp) -> Pending<u32> {
        let mut state = self.state();
        let raised = state.epoch(user).saturating_add(1);
        state.raise_epoch(user, raised, rules.account_tokens_end(now));
        ready(raised)
    }

    /// Deletes everything at once: there is no transaction to keep short.
    fn sweep(&self, rules: SessionRules, now: Timestamp, _limit: usize) -> Pending<bool> {
        let mut state = self.state();
        state.sessions.retain(|_, session| now < rules.ends_at(session));
        state.revoked.retain(|_, until| now < *until);
        ready(false)
    }

    fn load_into(&self, index: Arc<RevocationIndex>, now: Timestamp) -> Pending<()> {
        let state = self.state();
        for (&id, &until) in state.revoked.iter().filter(|(_, until)| now < **until) {
            index.revoke_session(id, until);
        }
        for (&user, epoch) in state.epochs.iter().filter(|(_, epoch)| now < epoch.until) {
            index.raise_epoch(user, epoch.number, epoch.until);
        }
        ready(())
    }
}
