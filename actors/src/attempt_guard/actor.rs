//! The shell: takes a message, reads the clock, asks the backend, which holds the rules and all
//! state.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, ResponseFuture, WrapFuture};
use futures_util::future::{join_all, try_join_all};

use super::backend::GuardBackend;
use super::budget::Budget;
use super::messages::{
    AdmitGuess, AdmitSignIn, AllowSignUpNotice, CountWrongGuess, ForgetFailures, GuardError,
    GuessAdmission, IsUnguessed, SettleGuess, SettleSignIn, SignInAdmission, SignInRecord,
    TryResult,
};
use super::metrics::GuardMetrics;
use crate::backend::{BackendError, Pending};
use crate::domain::UserId;
use crate::otp_manager::Destination;
use crate::runtime::Clock;

const SWEEP_EVERY: Duration = Duration::from_secs(1);
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
    backend: Arc<dyn GuardBackend>,
    clock: Arc<dyn Clock>,
    metrics: Arc<GuardMetrics>,
}

impl AttemptGuard {
    /// A guard that makes `backend` load its counters when it is started.
    pub(crate) fn new(backend: Arc<dyn GuardBackend>, clock: Arc<dyn Clock>) -> Self {
        Self { backend, clock, metrics: Arc::new(GuardMetrics::register()) }
    }

    /// Messages wait meanwhile; when it fails the backend refuses them.
    fn load(&mut self, ctx: &mut Context<Self>) {
        let loading = self.backend.load().into_actor(self).map(|loaded, _, ctx| match loaded {
            Ok(()) => {
                ctx.run_later(SWEEP_EVERY, Self::sweep);
            }
            Err(BackendError::Corrupt) => {}
            Err(BackendError::Unavailable | BackendError::OutcomeUnknown) => {
                ctx.run_later(RELOAD_AFTER, Self::load);
            }
        });
        ctx.wait(loading);
    }

    /// And waits for the end of it before the next one: a slow store is never asked twice at a
    /// time. A failure has been logged; what has expired counts nothing all the same.
    fn sweep(&mut self, ctx: &mut Context<Self>) {
        let sweeping = self.backend.sweep(self.clock.now()).into_actor(self);
        ctx.spawn(sweeping.map(|_, _, ctx| {
            ctx.run_later(SWEEP_EVERY, Self::sweep);
        }));
    }
}

impl Actor for AttemptGuard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.load(ctx);
    }
}

fn answer<T: 'static>(pending: Pending<T>) -> ResponseFuture<Result<T, GuardError>> {
    Box::pin(async move { Ok(pending.await?) })
}

impl Handler<AdmitSignIn> for AttemptGuard {
    type Result = ResponseFuture<Result<SignInAdmission, GuardError>>;

    fn handle(&mut self, msg: AdmitSignIn, _: &mut Self::Context) -> Self::Result {
        let admitting = self.backend.admit_sign_in(&msg.email, msg.ip, self.clock.now());
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            let admission = admitting.await?;
            metrics.sign_in(admission);
            Ok(admission)
        })
    }
}

impl Handler<SettleSignIn> for AttemptGuard {
    type Result = ResponseFuture<Result<SignInRecord, GuardError>>;

    fn handle(&mut self, msg: SettleSignIn, _: &mut Self::Context) -> Self::Result {
        self.metrics.sign_in_ended(msg.result);
        answer(self.backend.settle_sign_in(&msg.email, msg.ip, msg.result, self.clock.now()))
    }
}

impl Handler<ForgetFailures> for AttemptGuard {
    type Result = ResponseFuture<Result<(), GuardError>>;

    fn handle(&mut self, msg: ForgetFailures, _: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        let ForgetFailures { email, user_id } = msg;
        let sign_ins = self.backend.forget_sign_ins(&email, now);
        let guesses = budgets(Destination::Email(email), Some(user_id))
            .map(|budget| self.backend.forget_guesses(&budget, now));
        answer(all(guesses.chain([sign_ins])))
    }
}

impl Handler<AdmitGuess> for AttemptGuard {
    type Result = ResponseFuture<Result<GuessAdmission, GuardError>>;

    /// One budget after the other. What one of them counted before another is disabled is taken
    /// back, so that nobody uses up somebody else's budget by guesses that are not made.
    fn handle(&mut self, msg: AdmitGuess, _: &mut Self::Context) -> Self::Result {
        let (backend, now) = (Arc::clone(&self.backend), self.clock.now());
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            let mut strictest = GuessAdmission::WithinBudget;
            let mut counted = Vec::new();
            for budget in budgets(msg.destination, msg.account) {
                let admission = backend.admit_guess(&budget, now).await?;
                strictest = strictest.max(admission);
                if admission == GuessAdmission::Disabled {
                    let taken_back = counted
                        .iter()
                        .map(|budget| backend.settle_guess(budget, TryResult::Abandoned, now));
                    all(taken_back).await?;
                    break;
                }
                counted.push(budget);
            }
            metrics.guess(strictest);
            Ok(strictest)
        })
    }
}

impl Handler<SettleGuess> for AttemptGuard {
    type Result = ResponseFuture<Result<(), GuardError>>;

    fn handle(&mut self, msg: SettleGuess, _: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        self.metrics.guess_ended(msg.result);
        let settled = budgets(msg.destination, msg.account)
            .map(|budget| self.backend.settle_guess(&budget, msg.result, now));
        answer(all(settled))
    }
}

impl Handler<IsUnguessed> for AttemptGuard {
    type Result = ResponseFuture<Result<bool, GuardError>>;

    fn handle(&mut self, msg: IsUnguessed, _: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        let clear = budgets(msg.destination, msg.account)
            .map(|budget| self.backend.is_unguessed(&budget, now));
        let clear = try_join_all(clear.collect::<Vec<_>>());
        Box::pin(async move { Ok(clear.await?.into_iter().all(|clear| clear)) })
    }
}

impl Handler<CountWrongGuess> for AttemptGuard {
    type Result = ResponseFuture<Result<(), GuardError>>;

    fn handle(&mut self, msg: CountWrongGuess, _: &mut Self::Context) -> Self::Result {
        let now = self.clock.now();
        self.metrics.guess_ended(TryResult::Wrong);
        let counted = budgets(msg.destination, msg.account)
            .map(|budget| self.backend.count_wrong_guess(&budget, now));
        answer(all(counted))
    }
}

impl Handler<AllowSignUpNotice> for AttemptGuard {
    type Result = ResponseFuture<Result<bool, GuardError>>;

    fn handle(&mut self, msg: AllowSignUpNotice, _: &mut Self::Context) -> Self::Result {
        answer(self.backend.allow_notice(&msg.email, self.clock.now()))
    }
}

/// Every budget that a guess comes out of.
fn budgets(destination: Destination, account: Option<UserId>) -> impl Iterator<Item = Budget> {
    [Some(Budget::Destination(destination)), account.map(Budget::Account)].into_iter().flatten()
}

/// All of them, each driven to its end whatever becomes of the others.
fn all(parts: impl Iterator<Item = Pending<()>>) -> Pending<()> {
    let ended = join_all(parts.collect::<Vec<_>>());
    Box::pin(async move { ended.await.into_iter().collect() })
}
