//! Believing tokens.

use std::ops::Deref;
use std::sync::Arc;

use actors::domain::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::cache::VerifiedTokens;
use super::header::Header;
use super::keys::{KeyId, KeyRing, LiveKeys};
use super::payload::Payload;
use super::{Claims, Refusal, TokenError, TokenRules};

/// S-29. Our longest token has some 700 bytes.
const MAX_BYTES: usize = 4096;

/// The claims of a token that a key of this server vouches for. Only a verifier makes one.
#[derive(Debug)]
pub struct Verified<C> {
    claims: C,
    key_id: KeyId,
}

impl<C> Deref for Verified<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.claims
    }
}

impl<C: Claims> Verified<C> {
    /// What may change while a token is remembered: the time, and the keys.
    fn check(&self, ring: &KeyRing, rules: &TokenRules, now: Timestamp) -> Result<(), Refusal> {
        if ring.find(self.key_id.as_str()).is_none() {
            return Err(Refusal::UnknownKey);
        }
        self.claims.validity().check(now, rules.leeway, C::LONGEST)
    }
}

/// Verifies tokens against the rules and the keys in use, remembering those it verified.
pub struct Verifier {
    rules: Arc<TokenRules>,
    keys: Arc<LiveKeys>,
    known: VerifiedTokens,
}

impl Verifier {
    pub(super) fn new(rules: Arc<TokenRules>, keys: Arc<LiveKeys>) -> Self {
        let known = VerifiedTokens::new(rules.cached_tokens);
        Self { rules, keys, known }
    }

    /// The claims of `token`, if it is one of the kind `C` that is valid at `now`.
    ///
    /// Whether its session still stands is another question, for the revocation registry.
    pub fn verify<C: Claims>(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Arc<Verified<C>>, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(Refusal::TooLong.into());
        }
        let ring = self.keys.current();
        if let Some(known) = self.known.get::<C>(token) {
            return match known.check(&ring, &self.rules, now) {
                Ok(()) => Ok(known),
                Err(refusal) => {
                    self.known.remove::<C>(token);
                    Err(refusal.into())
                }
            };
        }
        let verified = Arc::new(examine(token, &ring, &self.rules, now)?);
        self.known.insert(token, Arc::clone(&verified));
        Ok(verified)
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.known.len()
    }
}

/// Every check there is, the cheap ones first.
fn examine<C: Claims>(
    token: &str,
    ring: &KeyRing,
    rules: &TokenRules,
    now: Timestamp,
) -> Result<Verified<C>, Refusal> {
    let (message, signature) = token.rsplit_once('.').ok_or(Refusal::NotCompact)?;
    // A fourth part would be a dot in the payload, which no base64 has.
    let (header, payload) = message.split_once('.').ok_or(Refusal::NotCompact)?;

    let header = decode(header)?;
    let header = Header::parse(&header)?;
    if header.typ != C::TYP {
        return Err(Refusal::WrongKind);
    }
    let key = ring.find(header.kid).ok_or(Refusal::UnknownKey)?;
    if header.alg != key.algorithm().name() {
        return Err(Refusal::WrongAlgorithm);
    }
    let payload = decode(payload)?;
    if !key.verifies(message, signature) {
        return Err(Refusal::WrongSignature);
    }

    let payload = Payload::parse(&payload)?;
    if payload.iss != rules.issuer {
        return Err(Refusal::WrongIssuer);
    }
    if !rules.is_audience_of::<C>(&payload.aud) {
        return Err(Refusal::WrongAudience);
    }
    // In the future it would make a session look freshly authenticated for as long.
    let latest = now.after(rules.leeway);
    if payload.auth_time.is_some_and(|secs| Timestamp::from_secs(secs) > latest) {
        return Err(Refusal::NotYetValid);
    }
    let claims = C::from_payload(&payload).ok_or(Refusal::MalformedPayload)?;
    claims.validity().check(now, rules.leeway, C::LONGEST)?;
    Ok(Verified { claims, key_id: key.id().clone() })
}

/// Canonical unpadded base64url only: of several spellings of the same bytes, one is accepted.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::NotCompact)
}
