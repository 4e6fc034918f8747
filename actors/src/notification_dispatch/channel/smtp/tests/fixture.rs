//! A channel before a sink.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use sinks::authority::Authority;
use sinks::smtp::{Setup, Sink};
use tempfile::NamedTempFile;

use crate::notification_dispatch::channel::smtp::{SmtpChannel, SmtpRelay, SmtpSettings};
use crate::notification_dispatch::channel::{Channel, DeliveryFailure};
use crate::notification_dispatch::{Medium, Message};
use crate::runtime::{ManualClock, OsRandom};

pub(super) const ADA: &str = "ada@example.com";
pub(super) const FROM: &str = "BioEntrust <no-reply@example.org>";
/// Enough for a loopback conversation on a busy machine; a test of silence takes this long.
const TIMEOUT: Duration = Duration::from_millis(1500);

/// Trusts `authority` only as far as `email.smtp_ca_file` goes.
pub(super) fn settings(url: &str, authority: Option<&Authority>) -> (SmtpSettings, NamedTempFile) {
    let mut ca_file = NamedTempFile::new().unwrap();
    let pem = authority.map(Authority::pem).unwrap_or_default();
    ca_file.write_all(pem.as_bytes()).unwrap();
    let settings = SmtpSettings {
        relay: SmtpRelay::parse(url).unwrap(),
        from: FROM.parse().unwrap(),
        reply_to: None,
        ca_file: authority.map(|_| ca_file.path().to_owned()),
        timeout: TIMEOUT,
    };
    (settings, ca_file)
}

/// A channel of one lane, so that a lane that is not given back is missed.
pub(super) fn channel(url: &str, authority: Option<&Authority>) -> SmtpChannel {
    let (settings, _ca_file) = settings(url, authority);
    over(settings)
}

pub(super) fn over(settings: SmtpSettings) -> SmtpChannel {
    SmtpChannel::new(settings, 1, Arc::new(ManualClock::default()), Arc::new(OsRandom)).unwrap()
}

/// An unprotected sink and a channel to it.
pub(super) fn plain() -> (Sink, SmtpChannel) {
    let sink = Sink::start(Setup::plain());
    let channel = channel(&url(&sink, "smtp+insecure", "127.0.0.1"), None);
    (sink, channel)
}

/// How `host`, a name of this machine, reaches the sink.
pub(super) fn url(sink: &Sink, scheme: &str, host: &str) -> String {
    format!("{scheme}://{host}:{}", sink.address().port())
}

pub(super) fn message() -> Message {
    mail("Your code", "Your code is 042137.\n", None)
}

pub(super) fn mail(subject: &str, text: &str, html: Option<&str>) -> Message {
    Message {
        medium: Medium::Email,
        to: ADA.to_owned(),
        subject: Some(subject.to_owned()),
        text: text.to_owned(),
        html: html.map(str::to_owned),
        code: None,
        link: None,
    }
}

pub(super) async fn send(channel: &SmtpChannel) -> Result<(), DeliveryFailure> {
    channel.deliver(Arc::new(message())).await
}
