//! Tokens that were verified before: a signature is checked once, everything else every time.
//!
//! To verify an Ed25519 signature costs four times the rest of a request (45 µs), to find a
//! token here 0.3 µs. The key is a digest of the whole token, so a changed one is not found.

use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::claims::Wire;
use super::{AccessClaims, Claims, RefreshClaims, ResetClaims, Verified};

/// SHA-256 of the kind and the token.
pub(super) type TokenDigest = [u8; 32];

/// A verified token of some kind.
#[derive(Clone)]
pub enum Entry {
    /// An access token.
    Access(Arc<Verified<AccessClaims>>),
    /// A refresh token.
    Refresh(Arc<Verified<RefreshClaims>>),
    /// A reset token.
    Reset(Arc<Verified<ResetClaims>>),
}

/// A kind that can be remembered.
pub trait Cached: Wire {
    /// Remembers the kind beside the claims.
    fn into_entry(token: Arc<Verified<Self>>) -> Entry;
    /// The claims, if they are of this kind.
    fn from_entry(entry: Entry) -> Option<Arc<Verified<Self>>>;
}

macro_rules! cached {
    ($claims:ident, $variant:ident) => {
        impl Cached for $claims {
            fn into_entry(token: Arc<Verified<Self>>) -> Entry {
                Entry::$variant(token)
            }

            fn from_entry(entry: Entry) -> Option<Arc<Verified<Self>>> {
                if let Entry::$variant(token) = entry { Some(token) } else { None }
            }
        }
    };
}

cached!(AccessClaims, Access);
cached!(RefreshClaims, Refresh);
cached!(ResetClaims, Reset);

/// A bounded memory of verified tokens; those used least are forgotten first.
pub(super) struct VerifiedTokens(Cache<TokenDigest, Entry>);

impl VerifiedTokens {
    /// Room for about `capacity` tokens.
    pub(super) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    /// The name under which `token` is remembered when shown as a token of the kind `C`.
    pub(super) fn digest<C: Claims>(token: &str) -> TokenDigest {
        Sha256::new().chain_update(C::TYP).chain_update([0]).chain_update(token).finalize().into()
    }

    pub(super) fn get<C: Claims>(&self, digest: &TokenDigest) -> Option<Arc<Verified<C>>> {
        self.0.get(digest).and_then(C::from_entry)
    }

    pub(super) fn insert<C: Claims>(&self, digest: TokenDigest, token: Arc<Verified<C>>) {
        self.0.insert(digest, C::into_entry(token));
    }

    pub(super) fn remove(&self, digest: &TokenDigest) {
        self.0.remove(digest);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
