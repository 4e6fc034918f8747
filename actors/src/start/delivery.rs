//! How notices leave: the operator's choice, and the channels it makes.

use std::sync::Arc;

use super::{Settings, StartError};
use crate::notification_dispatch::{
    Channels, Inbox, SmtpChannel, SmtpSettings, TwilioAccount, TwilioChannel, Withholding,
};
use crate::runtime::{Clock, Random};

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

/// The channel of each medium, and the inbox in which some of them end.
pub(super) fn channels(
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
