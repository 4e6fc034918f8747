//! The sections `actors.<name>`.

use std::time::Duration;

use actors::runtime::Limits;
use serde::{Deserialize, Serialize};

use super::{PasswordSettings, Problems, encoding};

const MAX_CAPACITY: usize = 1_000_000;
const DEADLINES: [Duration; 2] = [Duration::from_millis(1), Duration::from_mins(1)];

/// The section `actors`: one section per actor.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct ActorSettings {
    pub user_store: ActorLimits,
    pub revocation_registry: ActorLimits,
    pub otp_manager: ActorLimits,
    pub attempt_guard: ActorLimits,
    pub rate_limiter: ActorLimits,
    pub password_hasher: ActorLimits,
    pub notification_dispatch: ActorLimits,
    pub audit_trail: ActorLimits,
}

/// How much one actor may have in flight, and for how long a caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct ActorLimits {
    pub capacity: usize,
    #[serde(with = "encoding::duration")]
    pub deadline: Duration,
}

impl From<ActorLimits> for Limits {
    fn from(limits: ActorLimits) -> Self {
        Self { capacity: limits.capacity, deadline: limits.deadline }
    }
}

impl ActorSettings {
    pub(super) fn check(&self, password: &PasswordSettings, problems: &mut Problems) {
        for (name, limits) in self.by_name() {
            limits.check(name, problems);
        }
        problems.require(
            self.password_hasher.deadline > password.max_wait,
            "actors.password_hasher.deadline",
            "must be longer than password.max_wait",
        );
        problems.require(
            self.password_hasher.capacity >= password.lane_count().saturating_add(password.queue),
            "actors.password_hasher.capacity",
            "must be at least password.lanes + password.queue",
        );
    }

    fn by_name(&self) -> [(&'static str, ActorLimits); 8] {
        [
            ("user_store", self.user_store),
            ("revocation_registry", self.revocation_registry),
            ("otp_manager", self.otp_manager),
            ("attempt_guard", self.attempt_guard),
            ("rate_limiter", self.rate_limiter),
            ("password_hasher", self.password_hasher),
            ("notification_dispatch", self.notification_dispatch),
            ("audit_trail", self.audit_trail),
        ]
    }
}

impl ActorLimits {
    fn check(self, name: &str, problems: &mut Problems) {
        let key = format!("actors.{name}.capacity");
        problems.require_within(&key, self.capacity, &(1..=MAX_CAPACITY));
        let key = format!("actors.{name}.deadline");
        let [min, max] = DEADLINES;
        problems.require_time_within(&key, self.deadline, &(min..=max));
    }
}
