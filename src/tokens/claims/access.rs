//! Access tokens: what a client shows with every request.

use std::time::Duration;

use actors::domain::Timestamp;
use actors::revocation_registry::SessionRef;

use super::{Claims, Validity, Wire};
use crate::tokens::payload::{IdText, Payload};
use crate::tokens::{TokenId, TokenRules};

/// What an access token claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sid`, `sub` and `epoch` (S-34): what its standing is asked by.
    pub session: SessionRef,
    /// `jti`: random.
    pub token_id: TokenId,
    /// `auth_time`: when the owner proved who they are.
    pub authenticated_at: Timestamp,
    /// `iat`, `nbf`, `exp`.
    pub validity: Validity,
}

impl Claims for AccessClaims {
    const TYP: &'static str = "at+jwt";
    const AUDIENCE_SUFFIX: &'static str = "";
    const LONGEST: Duration = Duration::from_hours(24);

    fn validity(&self) -> Validity {
        self.validity
    }
}

impl Wire for AccessClaims {
    fn to_payload<'a>(&self, rules: &'a TokenRules) -> Payload<'a> {
        Payload {
            sid: Some(IdText(*self.session.id.as_bytes())),
            auth_time: Some(self.authenticated_at.as_secs()),
            epoch: Some(self.session.epoch),
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
            generation: None,
            password_version: None,
            ..
        } = *payload
        else {
            return None;
        };
        Some(Self {
            session: super::session_ref(sid, payload.sub, epoch),
            token_id: TokenId::from_bytes(payload.jti.0),
            authenticated_at: Timestamp::from_secs(auth_time),
            validity: Validity::of_payload(payload),
        })
    }
}
