//! The shell: takes messages, asks the store, keeps the index at least as strict as the store.
//!
//! A revocation enters the index before the store is asked. When the store then fails, the
//! refusal stays: this process fails closed, and the caller, told of the failure, asks again.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, ResponseFuture, WrapFuture};

use super::backend::{Refreshed, SessionBackend};
use super::index::RevocationIndex;
use super::ledger::{NewSession, SessionRules};
use super::messages::{
    ConfirmStanding, OpenSession, RefreshOutcome, RefreshSession, RevocationError, RevokeAccount,
    RevokeOutcome, RevokeSession, Session, Standing,
};
use super::metrics::SessionMetrics;
use crate::domain::SessionId;
use crate::runtime::{Clock, Random};

/// Expired records go within a minute or two; S-108 allows 24 hours.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Records per transaction of a sweep: other writes wait a few milliseconds for it at most.
const SWEEP_BATCH: usize = 500;

/// The only writer of sessions and of the index of revocations.
pub struct RevocationRegistry {
    rules: SessionRules,
    backend: Arc<dyn SessionBackend>,
    index: Arc<RevocationIndex>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    is_sweeping: bool,
    metrics: Arc<SessionMetrics>,
}

impl RevocationRegistry {
    /// A registry over `backend`, whose revocations have been loaded into `index`.
    pub(crate) fn new(
        rules: SessionRules,
        backend: Arc<dyn SessionBackend>,
        index: Arc<RevocationIndex>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let metrics = Arc::new(SessionMetrics::register());
        Self { rules, backend, index, clock, random, is_sweeping: false, metrics }
    }

    /// Deletes what has expired, from the index and from the store.
    fn sweep(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.is_sweeping, true) {
            return; // a slow store is not asked twice at once
        }
        let (rules, now) = (self.rules, self.clock.now());
        let (index, backend) = (Arc::clone(&self.index), Arc::clone(&self.backend));
        let work = async move {
            // A failure is logged where it happened; the next tick tries again.
            let _ = tokio::task::spawn_blocking(move || index.purge(now)).await;
            while backend.sweep(rules, now, SWEEP_BATCH).await == Ok(true) {}
        };
        ctx.spawn(work.into_actor(self).map(|(), registry, _| registry.is_sweeping = false));
    }
}

impl Actor for RevocationRegistry {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP_EVERY, Self::sweep);
    }
}

impl Handler<OpenSession> for RevocationRegistry {
    type Result = ResponseFuture<Result<Session, RevocationError>>;

    fn handle(&mut self, msg: OpenSession, _: &mut Self::Context) -> Self::Result {
        let (rules, index) = (self.rules, Arc::clone(&self.index));
        let metrics = Arc::clone(&self.metrics);
        // Ahead of the store only when raising it failed: this sign-in then finishes the job,
        // instead of being locked out by it.
        let least_epoch = index.standing_from(msg.user_id);
        let id = SessionId::from_bytes(self.random.bytes16());
        let OpenSession { user_id, client, is_first } = msg;
        let new = NewSession { id, user_id, client, is_first };
        let opening = self.backend.open(new, least_epoch, rules, self.clock.now());
        Box::pin(async move {
            let opened = opening.await?;
            metrics.opened.increment(1);
            for evicted in opened.evicted {
                metrics.evicted.increment(1);
                index.revoke_session(evicted.id, rules.session_tokens_end(evicted.expires_at));
            }
            Ok(opened.session)
        })
    }
}

impl Handler<RefreshSession> for RevocationRegistry {
    type Result = ResponseFuture<Result<RefreshOutcome, RevocationError>>;

    fn handle(&mut self, msg: RefreshSession, _: &mut Self::Context) -> Self::Result {
        let (rules, index, token) = (self.rules, Arc::clone(&self.index), msg.session);
        if index.standing(&token) == Standing::Revoked {
            return Box::pin(std::future::ready(Ok(RefreshOutcome::Dead)));
        }
        let metrics = Arc::clone(&self.metrics);
        let refreshing = self.backend.refresh(token, msg.generation, rules, self.clock.now());
        Box::pin(async move {
            Ok(match refreshing.await? {
                // Revoked while the store was at work: no token that is dead on arrival (S-32).
                Refreshed::Live(_) if index.standing(&token) == Standing::Revoked => {
                    RefreshOutcome::Dead
                }
                Refreshed::Live(session) => {
                    metrics.refreshed.increment(1);
                    RefreshOutcome::Live(session)
                }
                Refreshed::Dead => RefreshOutcome::Dead,
                Refreshed::Reused { expires_at } => {
                    metrics.reused.increment(1);
                    index.revoke_session(token.id, rules.session_tokens_end(expires_at));
                    RefreshOutcome::Reused
                }
            })
        })
    }
}

impl Handler<ConfirmStanding> for RevocationRegistry {
    type Result = ResponseFuture<Result<Standing, RevocationError>>;

    fn handle(&mut self, msg: ConfirmStanding, _: &mut Self::Context) -> Self::Result {
        let (index, session) = (Arc::clone(&self.index), msg.session);
        let confirming = self.backend.is_live(session, self.rules, self.clock.now());
        Box::pin(async move {
            Ok(if confirming.await? { index.standing(&session) } else { Standing::Revoked })
        })
    }
}

impl Handler<RevokeSession> for RevocationRegistry {
    type Result = ResponseFuture<Result<RevokeOutcome, RevocationError>>;

    fn handle(&mut self, msg: RevokeSession, _: &mut Self::Context) -> Self::Result {
        let (rules, now, index) = (self.rules, self.clock.now(), Arc::clone(&self.index));
        let (session, metrics) = (msg.session, Arc::clone(&self.metrics));
        index.refuse_session(session.id, rules.account_tokens_end(now));
        let revoking = self.backend.revoke(session, rules, now);
        Box::pin(async move {
            let Some(revoked) = revoking.await? else { return Ok(RevokeOutcome::AlreadyDead) };
            index.revoke_session(session.id, rules.session_tokens_end(revoked.expires_at));
            if !revoked.was_live {
                return Ok(RevokeOutcome::AlreadyDead);
            }
            metrics.signed_out.increment(1);
            Ok(RevokeOutcome::Revoked)
        })
    }
}

impl Handler<RevokeAccount> for RevocationRegistry {
    type Result = ResponseFuture<Result<(), RevocationError>>;

    /// Reads the epoch, refuses it in the index, raises it in the store; then refuses whatever
    /// the store says is over, in case somebody else raised it too.
    fn handle(&mut self, msg: RevokeAccount, _: &mut Self::Context) -> Self::Result {
        let (rules, now, index) = (self.rules, self.clock.now(), Arc::clone(&self.index));
        let (user, backend) = (msg.user_id, Arc::clone(&self.backend));
        let metrics = Arc::clone(&self.metrics);
        let until = rules.account_tokens_end(now);
        Box::pin(async move {
            let current = backend.epoch(user).await?;
            index.raise_epoch(user, current.saturating_add(1), until);
            let raised = backend.raise_epoch(user, rules, now).await?;
            index.raise_epoch(user, raised, until);
            metrics.accounts.increment(1);
            Ok(())
        })
    }
}
