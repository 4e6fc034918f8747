//! The shell: takes notices in and lets the courier carry them.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::unconstrained;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, info, warn};

use super::backend::OutboxBackend;
use super::collector::collect;
use super::courier::Courier;
use super::delivery_log::DeliveryLog;
use super::gate::Gate;
use super::shutdown::Shutdown;
use super::{
    Channels, DeliveryRecord, DispatchError, DispatchRules, FindInboxMessage, Inbox, InboxMessage,
    Medium, NoticePlace, QueueNotice, ReadDeliveries, ReadInbox, ReservePlace, ReturnPlace,
    Templates,
};
use crate::runtime::{Clock, Random};

/// The actor. Clones share the queue: a restarted actor is a clone of the first.
#[derive(Clone)]
pub struct NotificationDispatch {
    courier: Arc<Courier>,
    places: Arc<Semaphore>,
    inbox: Option<Arc<Inbox>>,
}

impl NotificationDispatch {
    /// An empty queue before `channels`, and whatever `outbox` holds. `inbox` is what
    /// [`ReadInbox`] reads: a channel, or none.
    ///
    /// Must be called on the actor's arbiter, which from now on also takes up what the outbox
    /// has due.
    pub(crate) fn new(
        channels: Channels,
        templates: Arc<Templates>,
        outbox: Arc<dyn OutboxBackend>,
        inbox: Option<Arc<Inbox>>,
        rules: DispatchRules,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let courier = Arc::new(Courier {
            channels,
            templates,
            email: Gate::new(Medium::Email, rules.lanes),
            sms: Gate::new(Medium::Sms, rules.lanes),
            rules,
            outbox,
            log: DeliveryLog::default(),
            in_flight: Arc::default(),
            shutdown: Shutdown::default(),
            clock,
            random,
        });
        actix::spawn(collect(Arc::clone(&courier)));
        Self { courier, places: Arc::new(Semaphore::new(rules.queue)), inbox }
    }

    fn place(&self) -> Result<NoticePlace, DispatchError> {
        let permit = Arc::clone(&self.places).try_acquire_owned();
        permit.map(NoticePlace).map_err(|_| DispatchError::QueueFull)
    }

    /// Whether the breaker of the channel for `medium` is closed.
    pub(crate) fn delivers(&self, medium: Medium) -> bool {
        self.courier.gate(medium).open_until().is_none()
    }

    /// Lets what is on its way go out, for no longer than `within`; then logs what is lost.
    pub(crate) async fn drain(&self, within: Duration) {
        let end = Instant::now() + within;
        self.courier.shutdown.begin(end);
        let in_flight = &self.courier.in_flight;
        let is_empty = timeout_at(end, in_flight.emptied()).await.is_ok();
        for (kind, count) in self.lost() {
            warn!(kind, count, "undelivered notices are lost with the process");
        }
        if !is_empty {
            info!("undelivered news stay in the outbox");
        }
    }

    /// What the end of the process has lost, or would lose now, by kind.
    pub(super) fn lost(&self) -> BTreeMap<&'static str, usize> {
        self.courier.in_flight.lost()
    }
}

impl Actor for NotificationDispatch {
    type Context = Context<Self>;
}

impl Handler<QueueNotice> for NotificationDispatch {
    type Result = ResponseFuture<Result<(), DispatchError>>;

    fn handle(&mut self, mut msg: QueueNotice, _: &mut Self::Context) -> Self::Result {
        let permit = match msg.place.take().map_or_else(|| self.place(), Ok) {
            Ok(NoticePlace(permit)) => permit,
            Err(full) => return Box::pin(ready(Err(full))),
        };
        // The first step is taken here: notices get their lanes in the order they came, and a
        // channel that never waits, like the inbox, has delivered before the caller is told.
        let mut queued = Box::pin(unconstrained(queue(Arc::clone(&self.courier), msg, permit)));
        match (&mut queued).now_or_never() {
            Some(answer) => Box::pin(ready(answer)),
            None => queued,
        }
    }
}

/// Unconstrained, like its caller: tokio's budget for one task would make a ready channel look
/// busy.
async fn queue(
    courier: Arc<Courier>,
    msg: QueueNotice,
    permit: OwnedSemaphorePermit,
) -> Result<(), DispatchError> {
    let request = msg.request.clone();
    let parcel = courier.accept(msg, permit).await?;
    let mut delivery = Box::pin(unconstrained(courier.carry(parcel).instrument(request)));
    if (&mut delivery).now_or_never().is_none() {
        actix::spawn(delivery);
    }
    Ok(())
}

impl Handler<ReservePlace> for NotificationDispatch {
    type Result = Result<NoticePlace, DispatchError>;

    fn handle(&mut self, _: ReservePlace, _: &mut Self::Context) -> Self::Result {
        self.place()
    }
}

impl Handler<ReturnPlace> for NotificationDispatch {
    type Result = Result<(), DispatchError>;

    fn handle(&mut self, _: ReturnPlace, _: &mut Self::Context) -> Self::Result {
        Ok(())
    }
}

impl Handler<ReadDeliveries> for NotificationDispatch {
    type Result = Result<Vec<DeliveryRecord>, DispatchError>;

    fn handle(&mut self, msg: ReadDeliveries, _: &mut Self::Context) -> Self::Result {
        Ok(self.courier.log.read(&msg.0))
    }
}

impl Handler<ReadInbox> for NotificationDispatch {
    type Result = Result<Vec<InboxMessage>, DispatchError>;

    fn handle(&mut self, msg: ReadInbox, _: &mut Self::Context) -> Self::Result {
        Ok(self.inbox.as_ref().map(|inbox| inbox.read(msg.to.as_deref())).unwrap_or_default())
    }
}

impl Handler<FindInboxMessage> for NotificationDispatch {
    type Result = Result<Option<InboxMessage>, DispatchError>;

    fn handle(&mut self, msg: FindInboxMessage, _: &mut Self::Context) -> Self::Result {
        Ok(self.inbox.as_ref().and_then(|inbox| inbox.find(msg.id)))
    }
}
