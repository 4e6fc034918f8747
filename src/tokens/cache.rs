//! Tokens that were verified before: a signature is checked once, everything else every time.
//!
//! To verify an Ed25519 signature costs four times the rest of a request (45 µs), to find a
//! token here 0.1 µs. The key is the whole token, compared as it is: a changed one is not found.
//! (A digest as the key would save some memory, and cost three times the look-up.)

use std::sync::Arc;

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::claims::Wire;
use super::{AccessClaims, Claims, RefreshClaims, ResetClaims, Verified};

/// A token, and the kind that it was verified as.
#[derive(PartialEq, Eq, Hash)]
struct Known {
    typ: &'static str,
    token: Box<str>,
}

/// What a [`Known`] is looked up by. It must hash alike: the same fields, in the same order.
#[derive(Hash)]
struct Shown<'a> {
    typ: &'static str,
    token: &'a str,
}

impl Equivalent<Known> for Shown<'_> {
    fn equivalent(&self, known: &Known) -> bool {
        self.typ == known.typ && *self.token == *known.token
    }
}

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
pub(super) struct VerifiedTokens(Cache<Known, Entry>);

impl VerifiedTokens {
    /// Room for about `capacity` tokens.
    pub(super) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    pub(super) fn get<C: Claims>(&self, token: &str) -> Option<Arc<Verified<C>>> {
        self.0.get(&Shown { typ: C::TYP, token }).and_then(C::from_entry)
    }

    pub(super) fn insert<C: Claims>(&self, token: &str, verified: Arc<Verified<C>>) {
        self.0.insert(Known { typ: C::TYP, token: token.into() }, C::into_entry(verified));
    }

    pub(super) fn remove<C: Claims>(&self, token: &str) {
        self.0.remove(&Shown { typ: C::TYP, token });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
