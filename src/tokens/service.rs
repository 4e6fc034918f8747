//! Issuer and verifier over the same rules and keys.

use std::sync::Arc;

use actors::runtime::Random;

use super::keys::{KeyRing, LiveKeys};
use super::{InvalidTokenRules, Issuer, JwkSet, TokenRules, Verifier};

/// All there is to do with tokens. Built once, shared by all HTTP workers.
pub struct TokenService {
    keys: Arc<LiveKeys>,
    issuer: Issuer,
    verifier: Verifier,
}

impl TokenService {
    /// Checks `rules`, then signs and verifies by them with the keys of `ring`.
    pub fn new(
        rules: TokenRules,
        ring: KeyRing,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidTokenRules> {
        rules.check()?;
        let (rules, keys) = (Arc::new(rules), Arc::new(LiveKeys::new(ring)));
        Ok(Self {
            issuer: Issuer::new(Arc::clone(&rules), Arc::clone(&keys), random),
            verifier: Verifier::new(rules, Arc::clone(&keys)),
            keys,
        })
    }

    /// Signs tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Verifies tokens.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The public keys in use.
    #[must_use]
    pub fn jwk_set(&self) -> JwkSet {
        JwkSet::of(&self.keys.current())
    }

    /// Takes other keys into use, for signing and verifying at once. Tokens signed with a key
    /// that `ring` lacks are refused from now on, remembered or not (S-26).
    pub fn replace_keys(&self, ring: KeyRing) {
        self.keys.replace(ring);
    }
}
