//! The only door to an actor.

use std::any::type_name;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix::dev::{Request, ToEnvelope};
use actix::{Actor, Addr, Context, Handler, MailboxError, Message};
use arc_swap::ArcSwap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, debug, info_span};

use super::metrics::ActorMetrics;

/// The target of spans that are for traces alone: no log shows them, and without a collector they
/// are not made.
pub const SPANS: &str = "bioentrust_auth::spans";

/// Why an actor gave no answer at all. A refusal is the actor's own error type.
///
/// Each variant says whether the work happened, so that the caller knows what it may repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Every slot is taken. The work did not happen; try again later.
    #[error("{0} is overloaded")]
    Overloaded(&'static str),
    /// No answer within the deadline. The work may or may not have happened.
    #[error("{0} did not answer in time")]
    TimedOut(&'static str),
    /// The actor is stopped, restarting, or panicked over this message. The work did not finish.
    #[error("{0} is not running")]
    Unavailable(&'static str),
}

/// How much one actor may have in flight, and for how long a caller waits.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Messages accepted and not yet answered. One more is refused at once.
    pub capacity: usize,
    /// From the ask to the answer. `Duration::MAX` is none at all: for an actor on its callers'
    /// own thread that answers from memory, and so can stall only when they do.
    pub deadline: Duration,
}

/// A cheap-to-clone address of actor `A`, with a bounded queue and a deadline.
///
/// The slot of a message belongs to the *work*, not to the caller: when a caller stops waiting
/// (deadline, or its own future dropped), the slot stays taken until the actor has dealt with
/// the message. So a stalled actor never has more than `capacity` messages, however many
/// callers came and went.
pub struct Handle<A: Actor>(Arc<Inner<A>>);

pub(super) struct Inner<A: Actor> {
    pub(super) name: &'static str,
    pub(super) addr: ArcSwap<Addr<A>>,
    pub(super) metrics: ActorMetrics,
    slots: Arc<Semaphore>,
    capacity: usize,
    deadline: Duration,
}

impl<A: Actor> Clone for Handle<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Actor<Context = Context<A>>> Handle<A> {
    pub(super) fn new(name: &'static str, limits: Limits, addr: Addr<A>) -> Self {
        Self(Arc::new(Inner {
            name,
            addr: ArcSwap::from_pointee(addr),
            metrics: ActorMetrics::register(name),
            slots: Arc::new(Semaphore::new(limits.capacity)),
            capacity: limits.capacity,
            deadline: limits.deadline,
        }))
    }

    pub(super) fn inner(&self) -> &Arc<Inner<A>> {
        &self.0
    }

    /// Whether the actor takes messages: false while it restarts, and after it has ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.0.addr.load().connected()
    }

    /// Reports what is in flight: read off when somebody looks, instead of counted at each ask.
    pub(crate) fn report(&self) {
        let count = |slots| u32::try_from(slots).unwrap_or(u32::MAX);
        let in_flight = self.0.capacity.saturating_sub(self.0.slots.available_permits());
        self.0.metrics.observed(count(in_flight), count(self.0.capacity));
    }

    /// Sends `msg` and waits for the reply, within the actor's limits.
    ///
    /// The capacity is counted here because a full actix mailbox does not refuse
    /// `Addr::send` (actix/actix#515).
    pub async fn ask<M, T, E>(&self, msg: M) -> Result<T, E>
    where
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
        M: Message<Result = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<AskError> + Send + 'static,
    {
        let span = info_span!(
            target: SPANS, "ask", otel.name = %format_args!("{} {}", self.0.name, name_of::<M>())
        );
        let inner = &*self.0;
        let asked = async {
            let Ok(slot) = Arc::clone(&inner.slots).try_acquire_owned() else {
                return Err(self.refused::<M>(AskError::Overloaded(inner.name)).into());
            };
            let mut pending = Pending::send(&inner.addr.load(), msg, slot);
            let answer = match inner.deadline {
                // Neither timed nor measured: that would cost a fifth of the message itself.
                Duration::MAX => Ok(pending.answer().await),
                deadline => {
                    let asked_at = Instant::now();
                    let answer = timeout_at(asked_at + deadline, pending.answer()).await;
                    inner.metrics.waited(asked_at.elapsed());
                    answer
                }
            };
            let error = match answer {
                Ok(Ok(reply)) => return reply,
                Ok(Err(MailboxError::Closed)) => AskError::Unavailable(inner.name),
                Ok(Err(MailboxError::Timeout)) | Err(_) => AskError::TimedOut(inner.name),
            };
            Err(self.refused::<M>(error).into())
        };
        asked.instrument(span).await
    }

    fn refused<M>(&self, error: AskError) -> AskError {
        self.0.metrics.refused(error);
        debug!(actor = self.0.name, message = type_name::<M>(), outcome = %error);
        error
    }
}

/// The name of a type, without its path.
fn name_of<M>() -> &'static str {
    let path = type_name::<M>();
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}

/// The reply to come, and the slot that is taken until it has come.
type Flight<A, M> = (Pin<Box<Request<A, M>>>, OwnedSemaphorePermit);

/// A message on its way, holding the slot it occupies.
struct Pending<A, M>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    flight: Option<Flight<A, M>>,
}

impl<A, M> Pending<A, M>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that may call `Addr::send`: the slot is held beside it"
    )]
    fn send(addr: &Addr<A>, msg: M, slot: OwnedSemaphorePermit) -> Self {
        Self { flight: Some((Box::pin(addr.send(msg)), slot)) }
    }

    async fn answer(&mut self) -> Result<M::Result, MailboxError> {
        let Some((request, _)) = self.flight.as_mut() else {
            return Err(MailboxError::Closed);
        };
        let answer = request.await;
        self.flight = None;
        answer
    }
}

impl<A, M> Drop for Pending<A, M>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn drop(&mut self) {
        // Answered, or the runtime is gone and the actor with it: nothing to wait for.
        let Some((request, slot)) = self.flight.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let _ = request.await;
            drop(slot);
        });
    }
}
