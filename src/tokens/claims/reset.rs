//! Reset tokens: what a password-reset link holds.

use std::time::Duration;

use actors::domain::{LinkId, UserId};

use super::{Claims, Validity, Wire};
use crate::tokens::TokenRules;
use crate::tokens::payload::Payload;

/// What the token of a password-reset link claims.
///
/// It belongs to no session and nobody has authenticated: no `sid`, `auth_time` or `epoch`. The
/// password version takes the epoch's part: any change of the password kills the link (S-60).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetClaims {
    /// `sub`: whose password.
    pub user_id: UserId,
    /// `jti`: the link, good for one use.
    pub link_id: LinkId,
    /// `pwv`: the version of the password that the link may replace.
    pub password_version: u32,
    /// `iat`, `nbf`, `exp`.
    pub validity: Validity,
}

impl Claims for ResetClaims {
    const TYP: &'static str = "pwr+jwt";
    const AUDIENCE_SUFFIX: &'static str = "/reset";
    const LONGEST: Duration = Duration::from_hours(24);

    fn validity(&self) -> Validity {
        self.validity
    }
}

impl Wire for ResetClaims {
    fn to_payload<'a>(&self, rules: &'a TokenRules) -> Payload<'a> {
        Payload {
            password_version: Some(self.password_version),
            ..Payload::new::<Self>(rules, self.user_id, *self.link_id.as_bytes(), self.validity)
        }
    }

    fn from_payload(payload: &Payload<'_>) -> Option<Self> {
        let Payload {
            sid: None,
            auth_time: None,
            epoch: None,
            generation: None,
            password_version: Some(password_version),
            ..
        } = *payload
        else {
            return None;
        };
        Some(Self {
            user_id: UserId::from_bytes(payload.sub.0),
            link_id: LinkId::from_bytes(payload.jti.0),
            password_version,
            validity: Validity::of_payload(payload),
        })
    }
}
