//! A dispatch over channels that do as they are told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Handler, Message as ActixMessage};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::domain::{EmailAddress, Language, OtpCode, PersonName, PhoneNumber};
use crate::notification_dispatch::backend::{MemoryOutbox, OutboxBackend};
use crate::notification_dispatch::channel::{Channel, Delivery};
use crate::notification_dispatch::*;
use crate::runtime::{
    Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision, supervise,
};

pub(super) const TRANSIENT: DeliveryError = DeliveryError::Transient { retry_after: None };

/// What a try is told to do.
pub(super) enum Act {
    Deliver,
    Fail(DeliveryError),
    /// Fails with these words.
    Quote(DeliveryError, String),
    Panic,
    /// Waits for [`Recorder::release`].
    Stall,
}

/// Records each try; delivers unless the script says otherwise.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) script: Mutex<VecDeque<Act>>,
    tries: Mutex<Vec<(String, Instant)>>,
    pub(super) release: Arc<Notify>,
}

impl Recorder {
    pub(super) fn scripted(script: impl IntoIterator<Item = Act>) -> Arc<Self> {
        let script = Mutex::new(script.into_iter().collect());
        Arc::new(Self { script, ..Self::default() })
    }

    pub(super) fn failing(error: DeliveryError) -> Arc<Self> {
        Self::scripted((0..100).map(|_| Act::Fail(error)))
    }

    /// Whom each try was for.
    pub(super) fn tried(&self) -> Vec<String> {
        self.tries.lock().unwrap().iter().map(|(to, _)| to.clone()).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.tries.lock().unwrap().len()
    }

    /// The time between each try and the one before.
    pub(super) fn waits(&self) -> Vec<Duration> {
        let tries = self.tries.lock().unwrap();
        tries.windows(2).map(|pair| pair[1].1 - pair[0].1).collect()
    }
}

impl Channel for Recorder {
    fn deliver(&self, message: Arc<Message>) -> Delivery {
        self.tries.lock().unwrap().push((message.to.clone(), Instant::now()));
        match self.script.lock().unwrap().pop_front().unwrap_or(Act::Deliver) {
            Act::Deliver => Box::pin(async { Ok(()) }),
            Act::Fail(error) => Box::pin(async move { Err(error.into()) }),
            Act::Quote(error, words) => {
                Box::pin(async move { Err(DeliveryFailure::new(error, words)) })
            }
            Act::Panic => Box::pin(async { panic!("a channel's bug") }),
            Act::Stall => {
                let release = Arc::clone(&self.release);
                Box::pin(async move {
                    release.notified().await;
                    Ok(())
                })
            }
        }
    }
}

#[derive(ActixMessage)]
#[rtype(result = "Result<(), DispatchError>")]
pub(super) struct Crash;
impl Handler<Crash> for NotificationDispatch {
    type Result = Result<(), DispatchError>;
    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("crash on request")
    }
}

pub(super) struct Fixture {
    pub(super) dispatch: Handle<NotificationDispatch>,
    pub(super) clock: ManualClock,
    pub(super) outbox: Arc<MemoryOutbox>,
    running: NotificationDispatch,
}

impl Fixture {
    pub(super) fn start(
        email: Arc<dyn Channel>,
        sms: Arc<dyn Channel>,
        inbox: Option<Arc<Inbox>>,
    ) -> Self {
        let rules = DispatchRules { queue: 8, lanes: 2, ..DispatchRules::default() };
        Self::start_with(rules, Channels { email, sms }, inbox)
    }

    /// Both media go through `channel`.
    pub(super) fn over(channel: &Arc<Recorder>) -> Self {
        let (email, sms) = (Arc::clone(channel) as Arc<dyn Channel>, Arc::clone(channel) as _);
        Self::start(email, sms, None)
    }

    pub(super) fn start_with(
        rules: DispatchRules,
        channels: Channels,
        inbox: Option<Arc<Inbox>>,
    ) -> Self {
        tokio::time::pause();
        let clock = ManualClock::default();
        Self::start_over(Arc::new(MemoryOutbox::new(100)), clock, rules, channels, inbox)
    }

    /// A process that starts with what another one left in `outbox`.
    pub(super) fn start_over(
        outbox: Arc<MemoryOutbox>,
        clock: ManualClock,
        rules: DispatchRules,
        channels: Channels,
        inbox: Option<Arc<Inbox>>,
    ) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let running = NotificationDispatch::new(
            channels,
            Templates::of_tests(),
            Arc::clone(&outbox) as _,
            inbox,
            rules,
            Arc::new(clock.clone()),
            random,
        );
        let dispatch = running.clone();
        let limits = Limits { capacity: CAPACITY, deadline: Duration::from_secs(2) };
        let with =
            Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
        let dispatch = supervise("notification_dispatch", limits, with, move || dispatch.clone());
        Self { dispatch, clock, outbox, running }
    }

    pub(super) async fn queue(&self, notice: Notice) -> Result<(), DispatchError> {
        self.dispatch.ask(QueueNotice::new(notice, Language::english())).await
    }

    /// Moves both clocks by a second at a time, so that each wait ends at its own time.
    pub(super) async fn advance(&self, by: Duration) {
        for _ in 0..by.as_secs() {
            self.clock.advance(Duration::from_secs(1));
            tokio::time::advance(Duration::from_secs(1)).await;
            self.settle().await;
        }
    }

    /// Lets every task do what it can do now.
    pub(super) async fn settle(&self) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    /// What happens at SIGTERM.
    pub(super) fn drain(&self, within: Duration) -> impl Future<Output = ()> + 'static {
        let running = self.running.clone();
        async move { running.drain(within).await }
    }

    /// What the end of the process has lost, or would.
    pub(super) fn lost(&self) -> Vec<(&'static str, usize)> {
        self.running.lost().into_iter().collect()
    }

    /// How much another process would find due.
    pub(super) async fn claim_due(&self) -> usize {
        self.outbox.claim_due(self.clock.now(), self.clock.now(), 100).await.unwrap().len()
    }

    pub(super) fn delivers(&self) -> bool {
        [Medium::Email, Medium::Sms].into_iter().all(|medium| self.running.delivers(medium))
    }

    pub(super) async fn deliveries(&self) -> Vec<DeliveryRecord> {
        self.dispatch.ask(ReadDeliveries(DeliveriesQuery::default())).await.unwrap()
    }

    pub(super) async fn inbox(&self, to: Option<&str>) -> Vec<String> {
        let messages = self.dispatch.ask(ReadInbox { to: to.map(str::to_owned) }).await.ok();
        messages.unwrap().into_iter().map(|message| message.to).collect()
    }
}

pub(super) fn name() -> PersonName {
    PersonName::parse("Ada").unwrap()
}

pub(super) fn news(to: &str) -> Notice {
    Notice::PasswordChanged { to: EmailAddress::parse(to).unwrap(), first_name: name() }
}

pub(super) fn code_mail(to: &str, valid_minutes: u64) -> Notice {
    let (to, code) = (EmailAddress::parse(to).unwrap(), OtpCode::parse("042137").unwrap());
    Notice::SignUpCode { to, first_name: name(), code, valid_minutes }
}

pub(super) fn sms(to: &str) -> Notice {
    let (to, code) = (PhoneNumber::parse(to).unwrap(), OtpCode::parse("042137").unwrap());
    Notice::PhoneCode { to, code, valid_minutes: 5 }
}

pub(super) const CAPACITY: usize = 400;
pub(super) const ADA: &str = "ada@example.com";
pub(super) const PHONE: &str = "+2348012345678";
