//! Refresh tokens: what a client gets new access tokens with.

use std::time::Duration;

use actors::domain::Timestamp;
use actors::revocation_registry::SessionRef;

use super::{Claims, Validity, Wire};
use crate::tokens::payload::{IdText, Payload};
use crate::tokens::{TokenId, TokenRules};

/// What a refresh token claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshClaims {
    /// `sid`, `sub` and `epoch` (S-34): the session to continue.
    pub session: SessionRef,
    /// `gen`: how often the session's refresh token had been replaced (S-30).
    pub generation: u32,
    /// `jti`: follows from the session and the generation.
    pub token_id: TokenId,
    /// `auth_time`: when the owner proved who they are.
    pub authenticated_at: Timestamp,
    /// `iat`, `nbf`, `exp`.
    pub validity: Validity,
}

impl Claims for RefreshClaims {
    const TYP: &'static str = "rt+jwt";
    const AUDIENCE_SUFFIX: &'static str = "/refresh";
    /// S-27: never more than 30 days.
    const LONGEST: Duration = Duration::from_hours(30 * 24);

    fn validity(&self) -> Validity {
        self.validity
    }
}

impl Wire for RefreshClaims {
    fn to_payload<'a>(&self, rules: &'a TokenRules) -> Payload<'a> {
        Payload {
            sid: Some(IdText(*self.session.id.as_bytes())),
            auth_time: Some(self.authenticated_at.as_secs()),
            epoch: Some(self.session.epoch),
            generation: Some(self.generation),
            ..Payload::new::<Self>(
                rules,
                self.session.user_id,
                *self.token_id.as_bytes(),
                self.validity,
            )
        }
    }

    fn from_payload(payload: &Payload<'_>) -> Option<Self> {
        let Payload {
            sid: Some(sid),
            auth_time: Some(auth_time),
            epoch: Some(epoch),
            generation: Some(generation),
            password_version: None,
            ..
        } = *payload
        else {
            return None;
        };
        Some(Self {
            session: super::session_ref(sid, payload.sub, epoch),
            generation,
            token_id: TokenId::from_bytes(payload.jti.0),
            authenticated_at: Timestamp::from_secs(auth_time),
            validity: Validity::of_payload(payload),
        })
    }
}
