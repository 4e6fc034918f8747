//! When a token is valid.

use std::time::Duration;

use actors::domain::Timestamp;

use crate::tokens::Refusal;
use crate::tokens::payload::Payload;

/// The `iat`, `nbf` and `exp` of a token, in whole seconds on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// When it was issued.
    pub issued_at: Timestamp,
    /// From when on it is valid.
    pub not_before: Timestamp,
    /// From when on it is not valid any more.
    pub expires_at: Timestamp,
}

impl Validity {
    /// From the moment of issue until `expires_at`.
    pub(in crate::tokens) fn new(issued_at: Timestamp, expires_at: Timestamp) -> Self {
        Self { issued_at, not_before: issued_at, expires_at }
    }

    /// Checks all three against `now`. The leeway is for beginnings only: an expired token is
    /// expired.
    pub(in crate::tokens) fn check(
        self,
        now: Timestamp,
        leeway: Duration,
        longest: Duration,
    ) -> Result<(), Refusal> {
        if self.issued_at.max(self.not_before) > now.after(leeway) {
            return Err(Refusal::NotYetValid);
        }
        if self.expires_at <= now {
            return Err(Refusal::Expired);
        }
        // Zero also for a token that ends before it was issued.
        let lifetime = self.expires_at.since(self.issued_at);
        if lifetime.is_zero() || lifetime > longest {
            return Err(Refusal::ImplausibleLifetime);
        }
        Ok(())
    }

    pub(super) fn of_payload(payload: &Payload<'_>) -> Self {
        Self {
            issued_at: Timestamp::from_secs(payload.iat),
            not_before: Timestamp::from_secs(payload.nbf),
            expires_at: Timestamp::from_secs(payload.exp),
        }
    }
}
