//! The settings of the actors, from the operator's.

use std::sync::Arc;
use std::time::Duration;

use actors::attempt_guard::GuardRules;
use actors::notification_dispatch::{DispatchRules, Templates};
use actors::otp_manager::OtpRules;
use actors::password_hasher::{CostFloor, HashingRules, Peppers};
use actors::revocation_registry::SessionRules;
use actors::{ActorLimits, MongoSettings, Recovery, Settings as ActorSettings, Storage};

use crate::settings::{PasswordSettings, Settings, StorageBackend, StorageSettings, TokenSettings};
use crate::tokens::keys::KeyRing;

/// S-106.
const SESSIONS_PER_ACCOUNT: usize = 10;
/// S-45.
const CODES_PER_DESTINATION: usize = 5;
/// S-31.
const REUSE_WINDOW: Duration = Duration::from_secs(10);

pub(super) fn of(
    settings: &Settings,
    keys: &KeyRing,
    peppers: Peppers,
    templates: Arc<Templates>,
) -> anyhow::Result<ActorSettings> {
    let Settings { storage, tokens, otp, password, delivery, .. } = settings;
    Ok(ActorSettings {
        storage: self::storage(storage, keys),
        sessions: session_rules(tokens),
        max_staleness: tokens.max_staleness,
        otps: OtpRules {
            email_ttl: otp.email_ttl,
            sms_ttl: otp.sms_ttl,
            attempts: otp.attempts,
            resend_after: otp.resend_after,
            max_pending: otp.max_pending,
            max_per_destination: CODES_PER_DESTINATION,
        },
        guard: GuardRules { limit_sign_in: settings.limits.enabled },
        limiter: settings.limits.rules(settings.profile, otp.sms_ttl),
        hashing: hashing_rules(password),
        peppers,
        dispatch: DispatchRules {
            queue: delivery.queue,
            lanes: delivery.lanes,
            keep_news: delivery.keep_news,
            ..DispatchRules::default()
        },
        audit: (&settings.audit).into(),
        templates,
        email: settings.email.delivery()?,
        sms: settings.sms.delivery()?,
        test_numbers: settings.sms.test_numbers(),
        limits: limits(settings),
    })
}

/// What a password hash costs.
pub(crate) fn hashing_rules(password: &PasswordSettings) -> HashingRules {
    HashingRules {
        memory_kib: password.memory_kib,
        iterations: password.iterations,
        parallelism: password.parallelism,
        lanes: password.lane_count(),
        queue: password.queue,
        max_wait: password.max_wait,
        floor: if password.insecure_test_cost {
            CostFloor::InsecureForTests
        } else {
            CostFloor::Owasp
        },
    }
}

/// Lives of sessions.
pub(crate) fn session_rules(tokens: &TokenSettings) -> SessionRules {
    SessionRules {
        refresh_ttl: tokens.refresh_ttl,
        refresh_idle: tokens.refresh_idle,
        access_ttl: tokens.access_ttl,
        max_per_account: SESSIONS_PER_ACCOUNT,
        rotation: tokens.refresh_rotation,
        reuse_window: REUSE_WINDOW,
    }
}

fn limits(settings: &Settings) -> ActorLimits {
    let actors = &settings.actors;
    ActorLimits {
        user_store: actors.user_store.into(),
        revocation_registry: actors.revocation_registry.into(),
        otp_manager: actors.otp_manager.into(),
        attempt_guard: actors.attempt_guard.into(),
        rate_limiter: actors.rate_limiter.into(),
        password_hasher: actors.password_hasher.into(),
        notification_dispatch: actors.notification_dispatch.into(),
        audit_trail: actors.audit_trail.into(),
    }
}

fn storage(settings: &StorageSettings, keys: &KeyRing) -> Storage {
    match settings.backend {
        StorageBackend::Embedded => Storage::Embedded {
            path: settings.path.clone(),
            cache_bytes: cache_bytes(settings),
            recovery: recovery(settings),
        },
        StorageBackend::MongoDb => Storage::MongoDb {
            settings: mongo_settings(settings),
            // A file per machine would make another code of each; the signing keys are shared.
            otp_key: keys.derive("one-time codes"),
        },
    }
}

/// Bytes of the embedded store's pages kept in memory.
pub(crate) fn cache_bytes(settings: &StorageSettings) -> usize {
    settings.cache_mib * 1024 * 1024
}

fn recovery(settings: &StorageSettings) -> Recovery {
    if settings.quick_recovery { Recovery::Quick } else { Recovery::Walk }
}

/// How to reach the database.
pub(crate) fn mongo_settings(settings: &StorageSettings) -> MongoSettings {
    MongoSettings {
        uri: settings.uri.get().cloned().unwrap_or_default(),
        database: settings.database.clone(),
        server_selection_timeout: settings.server_selection_timeout,
        operation_timeout: settings.operation_timeout,
        pool_size: settings.pool_size,
        queue_timeout: settings.queue_timeout,
    }
}
