//! The public keys, for those who verify our tokens elsewhere.

use serde::Serialize;

use super::keys::{Key, KeyRing, PublicJwk};

/// A JWK set (RFC 7517 §5). HMAC keys are not in it: they have no public half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    keys: Vec<PublicJwk>,
}

impl JwkSet {
    pub(super) fn of(ring: &KeyRing) -> Self {
        Self { keys: ring.keys().filter_map(Key::public).cloned().collect() }
    }
}
