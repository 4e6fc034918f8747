//! The shell: takes notices in and lets the courier carry them.

use std::sync::Arc;

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::courier::{Courier, Parcel};
use super::{
    Channels, DispatchError, FindInboxMessage, Inbox, InboxMessage, QueueNotice, ReadInbox,
    RetryRules, Templates,
};
use crate::runtime::{Clock, Random};

/// How much may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DispatchRules {
    /// Notices that may wait or be in delivery; one more is refused at once (S-89).
    pub queue: usize,
    /// Deliveries at once, for each medium.
    pub lanes: usize,
    /// What follows a failed delivery.
    pub retry: RetryRules,
}

impl Default for DispatchRules {
    /// 10 000 notices of less than 1 KiB; 4 connections, what a mail provider allows one client.
    fn default() -> Self {
        Self { queue: 10_000, lanes: 4, retry: RetryRules::default() }
    }
}

/// The actor. Clones share the queue: a restarted actor is a clone of the first.
#[derive(Clone)]
pub struct NotificationDispatch {
    courier: Arc<Courier>,
    places: Arc<Semaphore>,
    inbox: Option<Arc<Inbox>>,
}

impl NotificationDispatch {
    /// An empty queue before `channels`. `inbox` is what [`ReadInbox`] reads: a channel, or none.
    pub(crate) fn new(
        channels: Channels,
        templates: Arc<Templates>,
        inbox: Option<Arc<Inbox>>,
        rules: DispatchRules,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let courier = Courier {
            channels,
            templates,
            retry: rules.retry,
            email_lanes: Semaphore::new(rules.lanes),
            sms_lanes: Semaphore::new(rules.lanes),
            clock,
            random,
        };
        let places = Arc::new(Semaphore::new(rules.queue));
        Self { courier: Arc::new(courier), places, inbox }
    }
}

impl Actor for NotificationDispatch {
    type Context = Context<Self>;
}

impl Handler<QueueNotice> for NotificationDispatch {
    type Result = Result<(), DispatchError>;

    fn handle(&mut self, msg: QueueNotice, _: &mut Self::Context) -> Self::Result {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return Err(DispatchError::QueueFull);
        };
        let parcel = Parcel::pack(msg.notice, msg.language, self.courier.clock.now());
        let courier = Arc::clone(&self.courier);
        // Unconstrained: tokio's budget for one task would make a ready channel look busy.
        let mut delivery = Box::pin(tokio::task::unconstrained(async move {
            courier.carry(parcel).instrument(msg.request).await;
            drop(place);
        }));
        // The first step is taken here: notices get their lanes in the order they came, and a
        // channel that never waits, like the inbox, has delivered before the caller is told.
        if (&mut delivery).now_or_never().is_none() {
            actix::spawn(delivery);
        }
        Ok(())
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
