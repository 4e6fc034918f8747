//! An act on its way to the log and to the trail.

use actors::audit_trail::{AuditError, RecordEvent};
use actors::domain::{EmailAddress, UserId};
use actors::otp_manager::Destination;
use actors::runtime::current_request;
use metrics::counter;
use tracing::{info, warn};

use super::{Event, Factor, Outcome};
use crate::extract::Caller;
use crate::state::App;

/// An act, as far as it is known, before its outcome is.
#[derive(Clone, Debug)]
#[must_use = "an act is on record once it is noted"]
pub struct Act {
    event: Event,
    factor: Option<Factor>,
    user: Option<UserId>,
    /// Masked.
    subject: Option<String>,
}

impl From<Event> for Act {
    fn from(event: Event) -> Self {
        Self { event, factor: event.factor(), user: None, subject: None }
    }
}

impl Act {
    /// It concerns this address.
    pub fn about(self, email: &EmailAddress) -> Self {
        Self { subject: Some(email.masked()), ..self }
    }

    /// It concerns a code that goes there.
    pub fn about_code_to(self, destination: &Destination) -> Self {
        let (subject, factor) = match destination {
            Destination::Email(email) => (email.masked(), Factor::EmailCode),
            Destination::Phone(number) => (number.masked(), Factor::SmsCode),
        };
        Self { subject: Some(subject), factor: Some(factor), ..self }
    }

    /// It concerns this account, if there is one.
    pub fn of(self, user: impl Into<Option<UserId>>) -> Self {
        Self { user: user.into(), ..self }
    }

    /// This was presented.
    pub fn by(self, factor: Factor) -> Self {
        Self { factor: Some(factor), ..self }
    }

    /// Puts it on record. No request waits for the store, or fails, because of that (S-82).
    pub async fn note(&self, outcome: Outcome, app: &App, caller: &Caller) {
        let id = caller.request_id.as_str();
        // Within a flow its span has told it.
        let untold = current_request().is_none().then_some(id);
        let subject = self.subject();
        info!(
            target: "bioentrust_auth::security",
            event = self.event.name(),
            outcome = outcome.name(),
            factor = self.factor.map(Factor::name),
            user = self.user.map(|user| user.to_string()),
            subject,
            ip = %caller.client.ip,
            request_id = untold,
        );
        let record = RecordEvent {
            ip: Some(caller.client.ip),
            request_id: Some(id.to_owned()),
            ..self.record(outcome)
        };
        record_in(app, record).await;
    }

    /// Puts an act of the server itself on record.
    pub async fn note_own(&self, outcome: Outcome, app: &App) {
        let (event, outcome_name) = (self.event.name(), outcome.name());
        info!(target: "bioentrust_auth::security", event, outcome = outcome_name);
        record_in(app, self.record(outcome)).await;
    }

    /// An account is known by its random id alone.
    fn subject(&self) -> Option<&str> {
        self.subject.as_deref().filter(|_| self.user.is_none())
    }

    fn record(&self, outcome: Outcome) -> RecordEvent {
        RecordEvent {
            event: self.event.name(),
            outcome: outcome.name(),
            factor: self.factor.map(Factor::name),
            user: self.user,
            subject: self.subject().map(str::to_owned),
            ip: None,
            request_id: None,
        }
    }
}

async fn record_in(app: &App, record: RecordEvent) {
    if let Err(error) = app.actors().audit.ask::<_, (), AuditError>(record).await {
        counter!("bioentrust_audit_dropped_total").increment(1);
        warn!(%error, "an audit event was dropped");
    }
}
