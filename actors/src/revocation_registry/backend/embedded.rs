//! Sessions in the embedded store: one transaction per operation.

mod keys;
mod movable;
mod records;
mod tables;

use std::sync::Arc;

use super::{Evicted, Opened, Refreshed, Revoked, SessionBackend};
use crate::backend::Pending;
use crate::domain::{Timestamp, UserId};
use crate::embedded::Store;
use crate::revocation_registry::index::RevocationIndex;
use crate::revocation_registry::ledger::{NewSession, RefreshDecision, SessionRules};
use crate::revocation_registry::messages::SessionRef;
use tables::Tables;

/// The sessions of this machine's store.
#[derive(Clone)]
pub(crate) struct EmbeddedSessions {
    store: Store,
}

impl EmbeddedSessions {
    /// Creates the tables that are missing.
    pub(crate) fn open(store: &Store) -> Pending<Self> {
        let store = store.clone();
        let creating = store.write(|transaction| Tables::open(transaction).map(drop));
        Box::pin(async move {
            creating.await?;
            Ok(Self { store })
        })
    }
}

impl SessionBackend for EmbeddedSessions {
    fn open(
        &self,
        new: NewSession,
        least_epoch: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Opened> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            let user = new.user_id;
            if tables.epoch(user)? < least_epoch {
                tables.raise_epoch(user, least_epoch, rules.account_tokens_end(now))?;
            }
            let epoch = tables.epoch(user)?;
            let mut live = tables.sessions_of(user)?;
            live.retain(|session| rules.is_live(session, epoch, now));
            let evicted = rules.evicted(live);
            for session in &evicted {
                tables.revoke(session, rules.session_tokens_end(session.expires_at))?;
            }
            let session = rules.open(new, epoch, now);
            tables.put(&session)?;
            tables.schedule_end(&session, rules.ends_at(&session))?;
            Ok(Opened { session, evicted: evicted.iter().map(Evicted::from).collect() })
        })
    }

    fn refresh(
        &self,
        token: SessionRef,
        generation: u32,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Refreshed> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            let Some(session) = tables.session(token.user_id, token.id)? else {
                return Ok(Refreshed::Dead);
            };
            let epoch = tables.epoch(token.user_id)?;
            Ok(match rules.refresh(&session, epoch, token, generation, now) {
                RefreshDecision::Advance(next) => {
                    tables.put(&next)?;
                    Refreshed::Live(next)
                }
                RefreshDecision::Repeat => Refreshed::Live(session),
                RefreshDecision::Dead => Refreshed::Dead,
                RefreshDecision::Reused => {
                    tables.revoke(&session, rules.session_tokens_end(session.expires_at))?;
                    Refreshed::Reused { expires_at: session.expires_at }
                }
            })
        })
    }

    fn revoke(
        &self,
        token: SessionRef,
        rules: SessionRules,
        now: Timestamp,
    ) -> Pending<Option<Revoked>> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            let Some(session) = tables.session(token.user_id, token.id)? else {
                return Ok(None);
            };
            let was_live = rules.is_live(&session, tables.epoch(token.user_id)?, now);
            tables.revoke(&session, rules.session_tokens_end(session.expires_at))?;
            Ok(Some(Revoked { was_live, expires_at: session.expires_at }))
        })
    }

    fn is_live(&self, token: SessionRef, rules: SessionRules, now: Timestamp) -> Pending<bool> {
        self.store.read(move |transaction| {
            let session = tables::session(transaction, token.user_id, token.id)?;
            let epoch = tables::epoch(transaction, token.user_id)?;
            Ok(session.is_some_and(|session| rules.is_live(&session, epoch, now)))
        })
    }

    fn epoch(&self, user: UserId) -> Pending<u32> {
        self.store.read(move |transaction| tables::epoch(transaction, user))
    }

    fn raise_epoch(&self, user: UserId, rules: SessionRules, now: Timestamp) -> Pending<u32> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            let raised = tables.epoch(user)?.saturating_add(1);
            tables.raise_epoch(user, raised, rules.account_tokens_end(now))?;
            Ok(raised)
        })
    }

    fn sweep(&self, rules: SessionRules, now: Timestamp, limit: usize) -> Pending<bool> {
        self.store.write(move |transaction| {
            let mut tables = Tables::open(transaction)?;
            let due = tables.take_due_ends(now, limit)?;
            for &(user, id) in &due {
                // Gone: revoked meanwhile.
                let Some(session) = tables.session(user, id)? else { continue };
                let end = rules.ends_at(&session);
                if now < end {
                    tables.schedule_end(&session, end)?; // refreshed meanwhile
                } else {
                    tables.remove(user, id)?;
                }
            }
            let forgotten = tables.remove_due_revocations(now, limit)?;
            Ok(due.len() == limit || forgotten == limit)
        })
    }

    fn load_into(&self, index: Arc<RevocationIndex>, now: Timestamp) -> Pending<()> {
        self.store.read(move |transaction| tables::load(transaction, &index, now))
    }
}
