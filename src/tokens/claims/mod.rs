//! The three kinds of token, and what each claims.

mod access;
mod refresh;
mod reset;
mod validity;

use std::time::Duration;

use actors::domain::{SessionId, UserId};
use actors::revocation_registry::SessionRef;

use super::TokenRules;
use super::cache::Cached;
use super::payload::{IdText, Payload};

pub use access::AccessClaims;
pub use refresh::RefreshClaims;
pub use reset::ResetClaims;
pub use validity::Validity;

/// A kind of token: what keeps it apart from the others (S-24), and its claims' form.
///
/// There are these three only: the traits it builds on are private.
pub trait Claims: Cached {
    /// The `typ` of the header.
    const TYP: &'static str;
    /// What the `aud` has after the configured audience.
    const AUDIENCE_SUFFIX: &'static str;
    /// No token of this kind is believed that lives longer.
    const LONGEST: Duration;

    /// When the token is valid.
    fn validity(&self) -> Validity;
}

/// The JSON form of a kind.
pub trait Wire: Sized {
    /// The claims, with the names that `rules` give.
    fn to_payload<'a>(&self, rules: &'a TokenRules) -> Payload<'a>;
    /// Reads exactly the claims of this kind: none missing, none of another kind.
    fn from_payload(payload: &Payload<'_>) -> Option<Self>;
}

fn session_ref(sid: IdText, sub: IdText, epoch: u32) -> SessionRef {
    SessionRef { id: SessionId::from_bytes(sid.0), user_id: UserId::from_bytes(sub.0), epoch }
}
