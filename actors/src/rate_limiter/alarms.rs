//! What an operator is told: metrics of everything, log lines of what wants attention.

use std::time::Duration;

use metrics::{Counter, Gauge, counter, gauge};
use tracing::{error, warn};

use super::charge::Scope;
use super::decide::{Charging, Used, Verdict};
use super::{Purpose, SendRules};
use crate::domain::Timestamp;

/// Where security events go.
const TARGET: &str = "bioentrust_auth::security";
/// S-19.
const ALARM_PERCENT: u64 = 80;

/// Metrics, and when each budget last raised an alarm.
pub(super) struct Alarms {
    emails: Watched,
    sms: Watched,
    blocked: Counter,
}

/// A budget in all.
struct Watched {
    name: &'static str,
    /// Alarms of one level are at least a window apart.
    window: Duration,
    nearly_spent_at: Option<Timestamp>,
    spent_at: Option<Timestamp>,
    used: Gauge,
}

impl Alarms {
    /// All series exist from the start, at zero.
    pub(super) fn new(rules: Option<&SendRules>) -> Self {
        for purpose in Purpose::ALL {
            limited(purpose).increment(0);
        }
        for scope in Scope::KINDS {
            refused(scope).increment(0);
        }
        for scope in ["block", "country"] {
            tripped(scope).increment(0);
        }
        let window = |quota: fn(&SendRules) -> Duration| rules.map(quota).unwrap_or_default();
        Self {
            emails: Watched::new("emails", window(|rules| rules.emails.per)),
            sms: Watched::new("sms", window(|rules| rules.sms.per)),
            blocked: counter!("bioentrust_limiter_clients_blocked_total"),
        }
    }

    /// A client was refused.
    pub(super) fn limited(purpose: Purpose) {
        limited(purpose).increment(1);
    }

    /// A client was blocked. The event is the caller's to write: it knows the client.
    pub(super) fn blocked(&self) {
        self.blocked.increment(1);
    }

    /// A message was charged, or not.
    pub(super) fn charged(&mut self, charging: &Charging, now: Timestamp) {
        if let Verdict::Refused { scope, .. } = &charging.verdict {
            refused(scope.kind()).increment(1);
        }
        for scope in &charging.tripped {
            tripped(scope.kind()).increment(1);
            error!(
                target: TARGET,
                event = "sms_breaker",
                outcome = "paused",
                scope = scope.kind(),
                numbers = %scope,
                "hardly any of the latest codes came back: no more are sent for a while",
            );
        }
        for used in &charging.used {
            match used.scope {
                Scope::AllEmails => self.emails.observe(used, now),
                Scope::AllSms => self.sms.observe(used, now),
                _ => {}
            }
        }
    }
}

impl Watched {
    fn new(name: &'static str, window: Duration) -> Self {
        let used = gauge!("bioentrust_limiter_budget_used_ratio", "budget" => name);
        used.set(0.0);
        Self { name, window, nearly_spent_at: None, spent_at: None, used }
    }

    fn observe(&mut self, used: &Used, now: Timestamp) {
        let Used { count: used, of, .. } = *used;
        self.used.set(f64::from(used) / f64::from(of.max(1)));
        let (window, budget) = (self.window, self.name);
        if used >= of && is_due(&mut self.spent_at, window, now) {
            error!(target: TARGET, event = "send_budget", outcome = "spent", budget, used, of);
        } else if u64::from(used) * 100 >= u64::from(of) * ALARM_PERCENT
            && is_due(&mut self.nearly_spent_at, window, now)
        {
            warn!(target: TARGET, event = "send_budget", outcome = "nearly_spent", budget, used, of);
        }
    }
}

/// Whether the last alarm is long enough ago; if so, this is one.
fn is_due(last: &mut Option<Timestamp>, window: Duration, now: Timestamp) -> bool {
    let due = last.is_none_or(|last| now >= last.after(window) || now < last);
    if due {
        *last = Some(now);
    }
    due
}

fn limited(purpose: Purpose) -> Counter {
    counter!("bioentrust_limiter_limited_total", "purpose" => purpose.name())
}

fn refused(scope: &'static str) -> Counter {
    counter!("bioentrust_limiter_sends_refused_total", "scope" => scope)
}

fn tripped(scope: &'static str) -> Counter {
    counter!("bioentrust_limiter_breaker_trips_total", "scope" => scope)
}
