//! How notices leave: the operator's choice, the channels it makes, and the thread they have.

use std::sync::Arc;

use actix::Arbiter;
use tokio::sync::oneshot;

use super::{Settings, StartError, lasting};
use crate::notification_dispatch::{
    Channels, Inbox, NotificationDispatch, OutboxBackend, SmtpChannel, SmtpSettings, TwilioAccount,
    TwilioChannel, Withholding,
};
use crate::runtime::{Clock, Handle, Random, Supervision};

/// How mails leave.
pub enum EmailDelivery {
    /// Not at all: the development inbox shows them.
    Inbox,
    /// Through a mail relay.
    Smtp(Box<SmtpSettings>),
}

/// How text messages leave.
pub enum SmsDelivery {
    /// Not at all: the development inbox shows them.
    Inbox,
    /// Through a Twilio account.
    Twilio(TwilioAccount),
}

/// Starts the dispatch on a thread of its own: there mails are written and conversations encrypted, which
/// would take a quarter of the other actors' time.
pub(super) async fn start(
    outbox: Arc<dyn OutboxBackend>,
    settings: &Settings,
    with: &Supervision,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<(NotificationDispatch, Handle<NotificationDispatch>), StartError> {
    let (channels, inbox) = channels(settings, clock, random)?;
    let templates = Arc::clone(&settings.templates);
    let (rules, limits) = (settings.dispatch, settings.limits.notification_dispatch);
    let (clock, random, with) = (Arc::clone(clock), Arc::clone(random), with.clone());
    let (reply, started) = oneshot::channel();
    Arbiter::new().spawn_fn(move || {
        let inbox = Some(inbox);
        let dispatch =
            NotificationDispatch::new(channels, templates, outbox, inbox, rules, clock, random);
        let handle = lasting("notification_dispatch", &dispatch, limits, &with);
        let _ = reply.send((dispatch, handle));
    });
    started.await.map_err(|_| StartError::Dispatch)
}

/// The channel of each medium, and the inbox in which some of them end.
fn channels(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<(Channels, Arc<Inbox>), StartError> {
    let inbox = Arc::new(Inbox::new(Arc::clone(clock)));
    let mut channels = Channels { email: inbox.clone(), sms: inbox.clone() };
    if let EmailDelivery::Smtp(smtp) = &settings.email {
        let (clock, random) = (Arc::clone(clock), Arc::clone(random));
        let lanes = settings.dispatch.lanes;
        channels.email = Arc::new(SmtpChannel::new(smtp.as_ref().clone(), lanes, clock, random)?);
    }
    if let SmsDelivery::Twilio(account) = &settings.sms {
        channels.sms = Arc::new(TwilioChannel::open(account)?);
    }
    channels.sms = Arc::new(Withholding::new(settings.test_numbers.clone(), channels.sms));
    Ok((channels, inbox))
}
