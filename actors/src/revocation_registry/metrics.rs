//! What the registry reports about itself, through the `metrics` facade.
//!
//! Without an installed recorder every call is a no-op. All series exist from the start, at zero.

use metrics::{Counter, counter, gauge};

use super::freshness::Knowledge;

/// What became of sessions.
pub(super) struct SessionMetrics {
    pub(super) opened: Counter,
    pub(super) refreshed: Counter,
    pub(super) signed_out: Counter,
    /// In favour of a newer one of the same account.
    pub(super) evicted: Counter,
    /// By the use of a spent refresh token.
    pub(super) reused: Counter,
    /// Times all sessions of an account were revoked.
    pub(super) accounts: Counter,
}

impl SessionMetrics {
    pub(super) fn register() -> Self {
        let revoked = |reason| counter!("bioentrust_sessions_revoked_total", "reason" => reason);
        Self {
            opened: counter!("bioentrust_sessions_opened_total"),
            refreshed: counter!("bioentrust_sessions_refreshed_total"),
            signed_out: revoked("signed_out"),
            evicted: revoked("evicted"),
            reused: revoked("reused"),
            accounts: counter!("bioentrust_account_revocations_total"),
        }
    }
}

/// How much is known of what other nodes revoke. Zero: nobody else revokes anything.
pub(super) fn known(knowledge: Option<&Knowledge>) {
    let seconds = |of: fn(&Knowledge) -> f64| knowledge.map_or(0.0, of);
    gauge!("bioentrust_revocation_lag_seconds").set(seconds(|it| it.lag.as_secs_f64()));
    gauge!("bioentrust_revocation_knowledge_age_seconds").set(seconds(|it| it.age.as_secs_f64()));
    gauge!("bioentrust_revocation_max_staleness_seconds")
        .set(seconds(|it| it.max_staleness.as_secs_f64()));
}
