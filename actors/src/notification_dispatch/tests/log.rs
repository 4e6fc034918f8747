//! What the log says, and what it must not.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tracing::field::{Field, Visit};

use super::fixture::*;
use crate::domain::EmailAddress;
use crate::notification_dispatch::{DeliveryError, Notice};

/// Collects every field of every event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        write!(self.0.lock().unwrap(), "{} ", event.metadata().level()).unwrap();
        event.record(&mut self.clone());
        self.0.lock().unwrap().push('\n');
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[actix::test]
async fn the_log_tells_each_outcome_and_neither_address_nor_secret_s79() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    // With a single subscriber, tracing would ask only the thread that reaches an event first
    // whether anybody listens: perhaps another test's.
    let _second = tracing::Dispatch::new(Log::default());
    let script = [
        Act::Deliver,
        Act::Fail(DeliveryError::Permanent),
        Act::Panic,
        Act::Fail(DeliveryError::Transient { retry_after: Some(Duration::from_mins(5)) }),
    ];
    let t = Fixture::over(&Recorder::scripted(script));
    let link = SecretString::from("https://auth.example/reset?token=s3cr3t");
    let reset = Notice::PasswordResetLink {
        to: EmailAddress::parse(ADA).unwrap(),
        first_name: name(),
        link,
        valid_minutes: 15,
    };
    for notice in [reset, code_mail(ADA, 10), sms(PHONE), sms(PHONE)] {
        assert_eq!(t.queue(notice).await, Ok(()));
    }
    let log = log.0.lock().unwrap().clone();
    let ours: Vec<_> = log.lines().filter(|line| line.contains("medium")).collect();
    assert_eq!(
        ours,
        [
            "INFO message=notice dealt with medium=\"email\" kind=\"password_reset_link\" tries=1 outcome=\"delivered\" ",
            "WARN message=delivery failed medium=\"email\" kind=\"sign_up_code\" tries=1 failure=refused for good ",
            "INFO message=notice dealt with medium=\"email\" kind=\"sign_up_code\" tries=1 outcome=\"failed\" ",
            "ERROR message=a channel panicked medium=\"sms\" kind=\"phone_code\" ",
            "WARN message=delivery failed medium=\"sms\" kind=\"phone_code\" tries=1 failure=perhaps delivered: the channel panicked ",
            "WARN message=delivery failed medium=\"sms\" kind=\"phone_code\" tries=1 failure=not delivered for now ",
            "INFO message=notice dealt with medium=\"sms\" kind=\"phone_code\" tries=1 outcome=\"expired\" ",
        ]
    );
    for secret in ["ada", "example", "s3cr3t", "042137", "2348012", "Ada"] {
        assert!(!log.contains(secret), "{secret}");
    }
}
