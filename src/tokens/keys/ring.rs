//! The keys in use.

use std::path::Path;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyError, development, file};

/// Enough for any rotation; a scan of so few ids is faster than hashing one.
const MAX_KEYS: usize = 16;

/// Signing keys in order: the first signs, all of them verify (S-26).
pub struct KeyRing {
    signer: Key,
    retired: Vec<Key>,
}

impl KeyRing {
    /// A ring of `keys`: at least one, at most 16, no two alike.
    pub fn new(keys: Vec<Key>) -> Result<Self, KeyError> {
        if keys.len() > MAX_KEYS {
            return Err(KeyError::TooMany { limit: MAX_KEYS });
        }
        let mut keys = keys.into_iter();
        let mut ring = Self { signer: keys.next().ok_or(KeyError::None)?, retired: Vec::new() };
        for key in keys {
            if ring.find(key.id().as_str()).is_some() {
                return Err(KeyError::Duplicate { id: key.id().clone() });
            }
            ring.retired.push(key);
        }
        Ok(ring)
    }

    /// The keys of `paths`, in that order; the first must be for `algorithm`.
    pub fn load(paths: &[impl AsRef<Path>], algorithm: Algorithm) -> Result<Self, KeyError> {
        let mut keys = Vec::with_capacity(paths.len());
        for path in paths {
            let key = file::load(path.as_ref())?;
            if keys.is_empty() {
                file::require(&key, algorithm, path.as_ref())?;
            }
            keys.push(key);
        }
        Self::new(keys)
    }

    /// The one key that a development server keeps in `folder`, made at the first start.
    ///
    /// The file is `signing-key.pem` (HS256: `signing-key.jwk`), mode 0600, never overwritten;
    /// it is refused once others can read it.
    pub fn load_or_generate(folder: &Path, algorithm: Algorithm) -> Result<Self, KeyError> {
        let key = development::load_or_generate(folder, algorithm)?;
        Self::new(vec![key])
    }

    /// The key that signs.
    #[must_use]
    pub fn signer(&self) -> &Key {
        &self.signer
    }

    #[cfg(test)]
    pub(in crate::tokens) fn into_signer(self) -> Key {
        self.signer
    }

    /// All keys, the one that signs first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.signer).chain(&self.retired)
    }

    /// 32 bytes that everybody with these keys derives alike, from the key that has been in use
    /// longest: adding a key in front changes nothing, dropping the oldest does.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.retired.last().unwrap_or(&self.signer).derive(purpose)
    }

    /// The key with the id `kid`. Untrusted text: it is compared, and never used otherwise.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Key> {
        self.keys().find(|key| key.id().as_str() == kid)
    }
}

/// The ring in use, replaceable while tokens are signed and verified.
pub struct LiveKeys(ArcSwap<KeyRing>);

impl LiveKeys {
    /// Starts with `ring`.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self(ArcSwap::from_pointee(ring))
    }

    /// The ring of this moment; not to be held across an await.
    #[must_use]
    pub fn current(&self) -> Guard<Arc<KeyRing>> {
        self.0.load()
    }

    /// Takes `ring` into use. Tokens of keys that it lacks are refused from now on.
    pub fn replace(&self, ring: KeyRing) {
        self.0.store(Arc::new(ring));
    }
}
