//! What each metric means: the `# HELP` lines of `GET /metrics`. docs/metrics.md says more, and a
//! test compares it with what is served.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

use Kind::{Counter, Gauge, Histogram};

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

const FAMILIES: &[(Kind, &str, &str)] = &[
    (Counter, "bioentrust_audit_written_total", "Acts written to the audit trail."),
    (
        Counter,
        "bioentrust_audit_dropped_total",
        "Acts that are not on record: too many waited for the store.",
    ),
    (Gauge, "bioentrust_audit_queue_length", "Acts that wait to be written to the audit trail."),
    (
        Counter,
        "bioentrust_http_requests_total",
        "Requests answered, by route template, method and status; aborted: the client left first.",
    ),
    (
        Histogram,
        "bioentrust_http_request_duration_seconds",
        "From the head of a request to the head of its answer.",
    ),
    (Gauge, "bioentrust_http_requests_in_flight", "Requests being answered."),
    (Gauge, "bioentrust_connections", "Open connections, by listener."),
    (Gauge, "bioentrust_connections_max", "Connections that may be open; more wait."),
    (
        Counter,
        "bioentrust_accept_errors_total",
        "Connections that could not be accepted: no file descriptor was left.",
    ),
    (Gauge, "bioentrust_ready", "1 while the server wants work, as /health/ready says."),
    (
        Gauge,
        "bioentrust_component_health",
        "1: works, 0.5: works, but something it needs does not, 0: does not work.",
    ),
    (
        Histogram,
        "bioentrust_actor_wait_seconds",
        "From asking an actor to its answer, or to the end of the wait.",
    ),
    (Counter, "bioentrust_actor_refused_total", "Asks without an answer of the actor, by reason."),
    (
        Counter,
        "bioentrust_actor_restarts_total",
        "Restarts after a panic; a fourth within a minute ends the server.",
    ),
    (Gauge, "bioentrust_actor_in_flight", "Messages accepted and not yet answered."),
    (Gauge, "bioentrust_actor_capacity", "Messages that may be in flight; one more is refused."),
    (Gauge, "bioentrust_hash_lanes", "Passwords that are hashed at once, at most."),
    (Gauge, "bioentrust_hash_lanes_busy", "Passwords being hashed."),
    (
        Gauge,
        "bioentrust_hash_queue_length",
        "Passwords that wait for a lane, by whether somebody waits for the answer.",
    ),
    (Gauge, "bioentrust_hash_queue_capacity", "Passwords that may wait; one more is refused."),
    (Histogram, "bioentrust_hash_wait_seconds", "Waiting for a lane."),
    (Histogram, "bioentrust_hash_duration_seconds", "Hashing one password."),
    (Counter, "bioentrust_hash_refused_total", "Passwords that were not hashed, by reason."),
    (Counter, "bioentrust_otp_issued_total", "First codes of a request, by purpose."),
    (Counter, "bioentrust_otp_reissued_total", "Further codes of the same request, by purpose."),
    (Counter, "bioentrust_otp_verified_total", "Codes presented that were right, by purpose."),
    (
        Counter,
        "bioentrust_otp_refused_total",
        "Codes presented that were wrong, expired, used or unknown, by purpose.",
    ),
    (Counter, "bioentrust_sessions_opened_total", "Sessions opened."),
    (Counter, "bioentrust_sessions_refreshed_total", "Access tokens renewed."),
    (Counter, "bioentrust_sessions_revoked_total", "Single sessions revoked, by reason."),
    (
        Counter,
        "bioentrust_account_revocations_total",
        "Times all sessions of an account were revoked; a new password does so twice.",
    ),
    (
        Gauge,
        "bioentrust_revocation_lag_seconds",
        "Since the store last told of revocations, or that there are none; 0 on the embedded store.",
    ),
    (
        Gauge,
        "bioentrust_revocation_knowledge_age_seconds",
        "Since everything was known that any node revoked; 0 on the embedded store.",
    ),
    (
        Gauge,
        "bioentrust_revocation_max_staleness_seconds",
        "The age from which on every token is answered 503; 0 on the embedded store.",
    ),
    (Counter, "bioentrust_deliveries_total", "Notices dealt with, by medium, kind and outcome."),
    (Counter, "bioentrust_delivery_tries_total", "Tries to deliver, by medium and result."),
    (Gauge, "bioentrust_delivery_queue_length", "Notices in memory: waiting or in delivery."),
    (
        Gauge,
        "bioentrust_delivery_breaker_open",
        "1 while a channel is left alone because it keeps failing.",
    ),
    (
        Histogram,
        "bioentrust_store_operation_seconds",
        "Operations of the store, waiting for their turn included.",
    ),
    (
        Counter,
        "bioentrust_store_errors_total",
        "Operations of the store that failed, by what that means.",
    ),
    (Gauge, "bioentrust_mongodb_pool_size", "Operations on MongoDB that may be under way at once."),
    (Gauge, "bioentrust_mongodb_pool_connections", "Open connections to MongoDB."),
    (Gauge, "bioentrust_mongodb_pool_checked_out", "Connections to MongoDB in use."),
    (Gauge, "bioentrust_mongodb_pool_waiting", "Operations that wait for their turn."),
    (
        Counter,
        "bioentrust_mongodb_pool_cleared_total",
        "Times the driver gave up all connections to a server.",
    ),
    (
        Counter,
        "bioentrust_limiter_limited_total",
        "Requests refused because their client asked too often, by purpose.",
    ),
    (
        Counter,
        "bioentrust_limiter_clients_blocked_total",
        "Clients whose sign-ins were blocked for credential stuffing.",
    ),
    (
        Counter,
        "bioentrust_limiter_sends_refused_total",
        "Messages not sent because a budget was spent, by its scope.",
    ),
    (
        Counter,
        "bioentrust_limiter_breaker_trips_total",
        "Times the codes to a block or country were paused: hardly any came back.",
    ),
    (Gauge, "bioentrust_limiter_budget_used_ratio", "Share of a budget in all that is spent."),
    (
        Counter,
        "bioentrust_guard_refused_total",
        "Tries of a password or code refused after too many failures, by reason.",
    ),
    (Counter, "bioentrust_guard_failures_total", "Wrong passwords and codes."),
    (Gauge, "bioentrust_build_info", "Always 1; the label says which version runs."),
];

/// Tells the installed recorder.
pub(super) fn describe() {
    for (kind, name, help) in FAMILIES.iter().copied() {
        match kind {
            Counter => describe_counter!(name, help),
            Gauge => describe_gauge!(name, help),
            Histogram => describe_histogram!(name, Unit::Seconds, help),
        }
    }
}
