//! Signing tokens.

use std::sync::Arc;

use actors::domain::{LinkId, Timestamp, UserId};
use actors::revocation_registry::{Session, SessionRef};
use actors::runtime::Random;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::header::Header;
use super::keys::LiveKeys;
use super::{AccessClaims, Claims, RefreshClaims, ResetClaims, TokenId, TokenRules, Validity};

/// The token could not be signed: a fault of this server's key or memory, never of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token could not be signed")]
pub struct IssueError;

/// Issues tokens, signed with the first key of the ring.
pub struct Issuer {
    rules: Arc<TokenRules>,
    keys: Arc<LiveKeys>,
    random: Arc<dyn Random>,
}

impl Issuer {
    pub(super) fn new(
        rules: Arc<TokenRules>,
        keys: Arc<LiveKeys>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { rules, keys, random }
    }

    /// A new access token of `session`. It ends with the session at the latest.
    pub fn access(&self, session: &Session, now: Timestamp) -> Result<String, IssueError> {
        let end = now.after(self.rules.access_ttl).min(session.expires_at);
        self.sign(&AccessClaims {
            session: session_ref(session),
            token_id: TokenId::from_bytes(self.random.bytes16()),
            authenticated_at: session.authenticated_at,
            validity: Validity::new(now, end),
        })
    }

    /// The refresh token of `session` in its present generation.
    ///
    /// All claims follow from the session, so a repeat within the reuse window yields the same
    /// successor (S-31): the same text with `EdDSA` and HS256; ES256 draws a new signature.
    pub fn refresh(&self, session: &Session) -> Result<String, IssueError> {
        self.sign(&RefreshClaims {
            session: session_ref(session),
            generation: session.generation,
            token_id: TokenId::of_refresh(&session.id, session.generation),
            authenticated_at: session.authenticated_at,
            validity: Validity::new(session.refreshed_at, session.expires_at),
        })
    }

    /// The token of the reset link `link_id`, for the password of that version.
    pub fn reset(
        &self,
        user_id: UserId,
        link_id: LinkId,
        password_version: u32,
        now: Timestamp,
    ) -> Result<String, IssueError> {
        let validity = Validity::new(now, now.after(self.rules.reset_ttl));
        self.sign(&ResetClaims { user_id, link_id, password_version, validity })
    }

    fn sign<C: Claims>(&self, claims: &C) -> Result<String, IssueError> {
        let ring = self.keys.current();
        let key = ring.signer();
        let header = Header { alg: key.algorithm().name(), typ: C::TYP, kid: key.id().as_str() };
        let header = serde_json::to_vec(&header).map_err(|_| IssueError)?;
        let payload =
            serde_json::to_vec(&claims.to_payload(&self.rules)).map_err(|_| IssueError)?;
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = key.sign(&token).map_err(|_| IssueError)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }
}

fn session_ref(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}
