//! The shell: takes a message, reads the clock, asks the rules, waits for the store.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, ResponseFuture, WrapFuture};

use super::backend::{Changes, GuardBackend};
use super::counters::{Capacity, Counters};
use super::messages::{
    AdmitGuess, AdmitSignIn, AllowSignUpNotice, ForgetFailures, GuardError, GuessAdmission,
    SettleGuess, SettleSignIn, SignInAdmission, SignInRecord,
};
use crate::backend::BackendError;
use crate::domain::Timestamp;
use crate::runtime::Clock;

const PURGE_EVERY: Duration = Duration::from_secs(1);
/// Per shelf and second: keeps up with any failure rate the hasher allows, in a few milliseconds.
const PURGE_AT_MOST: usize = 1_000;
/// Between two tries to read the counters: soon after the store is back, without a flood of logs.
const RELOAD_AFTER: Duration = Duration::from_secs(2);

/// What an operator may switch off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardRules {
    /// `limits.enabled`: whether failed sign-ins delay and disable. Failures are counted and
    /// guess budgets hold either way.
    pub limit_sign_in: bool,
}

/// Counts failures and decides who may try again. See the module's documentation.
pub struct AttemptGuard {
    rules: GuardRules,
    /// Or why there are none yet.
    pub(super) counters: Result<Counters, BackendError>,
    backend: Arc<dyn GuardBackend>,
    clock: Arc<dyn Clock>,
}

impl AttemptGuard {
    /// A guard that reads its counters from `backend` when it is started.
    pub(crate) fn new(
        rules: GuardRules,
        backend: Arc<dyn GuardBackend>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { rules, counters: Err(BackendError::Unavailable), backend, clock }
    }

    /// Reads the counters. Messages wait meanwhile; when it fails they are refused.
    fn load(&mut self, ctx: &mut Context<Self>) {
        let loading = self.backend.load().into_actor(self).map(|loaded, guard, ctx| match loaded {
            Ok(kept) => {
                let mut counters = Counters::new(guard.rules, &Capacity::ONE_MILLION);
                let mut changes = Changes::default();
                for kept in kept {
                    counters.restore(kept, &mut changes);
                }
                guard.counters = Ok(counters);
                guard.clean_up(changes, ctx);
            }
            Err(error) => {
                guard.counters = Err(error);
                if error != BackendError::Corrupt {
                    ctx.run_later(RELOAD_AFTER, Self::load);
                }
            }
        });
        ctx.wait(loading);
    }

    fn purge(&mut self, ctx: &mut Context<Self>) {
        let mut changes = Changes::default();
        if let Ok(counters) = &mut self.counters {
            counters.purge(self.clock.now(), PURGE_AT_MOST, &mut changes);
        }
        self.clean_up(changes, ctx);
    }

    /// Removes from the store what memory has dropped, then waits for the next purge: a slow
    /// store is never asked twice at a time. What it fails to remove has expired anyway, and is
    /// found again by the next load.
    fn clean_up(&mut self, changes: Changes, ctx: &mut Context<Self>) {
        if changes.is_empty() {
            ctx.run_later(PURGE_EVERY, Self::purge);
            return;
        }
        let removing = self.backend.apply(changes).into_actor(self);
        ctx.spawn(removing.map(|_, _, ctx| {
            ctx.run_later(PURGE_EVERY, Self::purge);
        }));
    }

    /// Decides in memory, then answers when the store has the changes. They are queued before
    /// this returns, so the changes of one key reach the store in the order they were decided.
    fn decide<T: 'static>(
        &mut self,
        rule: impl FnOnce(&mut Counters, Timestamp, &mut Changes) -> T,
    ) -> ResponseFuture<Result<T, GuardError>> {
        let counters = match &mut self.counters {
            Ok(counters) => counters,
            Err(error) => return Box::pin(std::future::ready(Err((*error).into()))),
        };
        let mut changes = Changes::default();
        let answer = rule(counters, self.clock.now(), &mut changes);
        if changes.is_empty() {
            return Box::pin(std::future::ready(Ok(answer)));
        }
        let durable = self.backend.apply(changes);
        Box::pin(async move {
            durable.await?;
            Ok(answer)
        })
    }
}

impl Actor for AttemptGuard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.load(ctx);
    }
}

impl Handler<AdmitSignIn> for AttemptGuard {
    type Result = ResponseFuture<Result<SignInAdmission, GuardError>>;

    fn handle(&mut self, msg: AdmitSignIn, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| {
            counters.sign_ins.admit(&msg.email, msg.ip, now, changes)
        })
    }
}

impl Handler<SettleSignIn> for AttemptGuard {
    type Result = ResponseFuture<Result<SignInRecord, GuardError>>;

    fn handle(&mut self, msg: SettleSignIn, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| {
            counters.sign_ins.settle(&msg.email, msg.ip, msg.result, now, changes)
        })
    }
}

impl Handler<ForgetFailures> for AttemptGuard {
    type Result = ResponseFuture<Result<(), GuardError>>;

    fn handle(&mut self, msg: ForgetFailures, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| counters.forget(&msg.email, now, changes))
    }
}

impl Handler<AdmitGuess> for AttemptGuard {
    type Result = ResponseFuture<Result<GuessAdmission, GuardError>>;

    fn handle(&mut self, msg: AdmitGuess, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| counters.budgets.admit(&msg.destination, now, changes))
    }
}

impl Handler<SettleGuess> for AttemptGuard {
    type Result = ResponseFuture<Result<(), GuardError>>;

    fn handle(&mut self, msg: SettleGuess, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| {
            counters.budgets.settle(&msg.destination, msg.result, now, changes);
        })
    }
}

impl Handler<AllowSignUpNotice> for AttemptGuard {
    type Result = ResponseFuture<Result<bool, GuardError>>;

    fn handle(&mut self, msg: AllowSignUpNotice, _: &mut Self::Context) -> Self::Result {
        self.decide(|counters, now, changes| counters.allow_notice(&msg.email, now, changes))
    }
}
