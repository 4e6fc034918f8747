//! A node as `bioentrust-auth` would start it, for benchmarks.

use std::sync::Arc;
use std::time::Duration;

use actors::attempt_guard::GuardRules;
use actors::audit_trail::AuditRules;
use actors::domain::TestNumbers;
use actors::notification_dispatch::{DispatchRules, TemplateRules, Templates};
use actors::otp_manager::OtpRules;
use actors::password_hasher::{HashingRules, Peppers};
use actors::rate_limiter::LimiterRules;
use actors::revocation_registry::SessionRules;
use actors::runtime::{Limits, OsRandom, RestartBudget, Supervision, SystemClock};
use actors::{ActorLimits, Actors, EmailDelivery, Settings, SmsDelivery, Storage};
use tokio_util::sync::CancellationToken;

/// The actors over `storage`, each with so many messages in flight at most.
pub async fn start(storage: Storage, capacity: usize) -> Actors {
    let limits = Limits { capacity, deadline: Duration::from_mins(1) };
    let settings = Settings {
        storage,
        sessions: SessionRules {
            refresh_ttl: Duration::from_hours(30 * 24),
            refresh_idle: Duration::from_hours(7 * 24),
            access_ttl: Duration::from_mins(15),
            max_per_account: 10,
            rotation: false,
            reuse_window: Duration::from_secs(10),
        },
        max_staleness: Duration::from_secs(30),
        otps: OtpRules { max_pending: 10_000_000, ..OtpRules::default() },
        guard: GuardRules { limit_sign_in: true },
        hashing: HashingRules { lanes: 1, ..HashingRules::default() },
        peppers: Peppers::default(),
        dispatch: DispatchRules::default(),
        audit: AuditRules { enabled: false, keep: Duration::from_hours(24), queue: 1 },
        limiter: LimiterRules::default(),
        email: EmailDelivery::Inbox,
        sms: SmsDelivery::Inbox,
        test_numbers: TestNumbers::default(),
        templates: Arc::new(
            Templates::load(&TemplateRules::default()).expect("the built-in templates"),
        ),
        limits: ActorLimits {
            user_store: limits,
            revocation_registry: limits,
            otp_manager: limits,
            attempt_guard: limits,
            rate_limiter: limits,
            password_hasher: limits,
            notification_dispatch: limits,
            audit_trail: limits,
        },
    };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
    actors::start(settings, with, clock, random).await.expect("the actors start")
}
