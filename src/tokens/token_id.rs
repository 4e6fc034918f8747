//! The `jti` of access and refresh tokens.

use std::fmt;

use actors::domain::SessionId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Keeps these ids apart from every other digest of a session id.
const REFRESH_LABEL: &[u8] = b"bioentrust-auth refresh jti v1\0";

/// A 128-bit identifier of one token. On the wire: 22 characters of unpadded base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 16]);

impl TokenId {
    /// From 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The id of the refresh token of `session` in its `generation`: the same whenever asked, so
    /// that a repeated refresh gets the same successor (S-31). It is as unguessable as the
    /// session's own random id.
    #[must_use]
    pub fn of_refresh(session: &SessionId, generation: u32) -> Self {
        let digest = Sha256::new()
            .chain_update(REFRESH_LABEL)
            .chain_update(session.as_bytes())
            .chain_update(generation.to_be_bytes())
            .finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
        Self(bytes)
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}
