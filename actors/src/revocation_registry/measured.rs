//! For benchmarks: the index of what is revoked, and the document of an account's sessions, on
//! their own.

pub use super::backend::SessionCodec;
use super::index::RevocationIndex;
use super::messages::{SessionRef, Standing};
use crate::domain::{SessionId, Timestamp};

/// What a reader asks, without the message.
#[derive(Default)]
pub struct Revocations(RevocationIndex);

impl Revocations {
    /// Enters a session that is signed out.
    pub fn revoke(&self, id: SessionId, until: Timestamp) {
        self.0.revoke_session(id, until);
    }

    /// Whether its tokens are still accepted.
    #[must_use]
    pub fn standing(&self, session: &SessionRef) -> Standing {
        self.0.standing(session)
    }
}
