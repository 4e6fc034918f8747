//! Argon2, in PHC string format: ours, and i, d and other costs of other systems.
//!
//! `$argon2id$v=19$m=19456,t=2,p=1,keyid=2026$SALT$OUTPUT`; `keyid` only where there is a pepper.

use argon2::{Params, Version};

use super::salted::Salted;
use crate::password_hasher::HashError;
use crate::password_hasher::memory::{ARGON2ID, Memory, Variant};
use crate::password_hasher::pepper::{Pepper, Peppers};
use crate::password_hasher::rules::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM};

/// Bytes of salt and output that new hashes have (S-01).
const OWN_LENGTHS: (usize, usize) = (16, 32);

/// An Argon2 hash.
pub(super) struct Argon2Hash {
    variant: Variant,
    params: Params,
    key_id: Option<String>,
    salted: Salted,
}

impl Argon2Hash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let hash = argon2::PasswordHash::new(text).ok()?;
        let algorithm = hash.algorithm.as_str().parse().ok()?;
        // Texts from before the field existed are of version 0x10.
        let version = Version::try_from(hash.version.unwrap_or(Version::V0x10 as u32)).ok()?;
        let cost = |name| hash.params.get_decimal(name);
        let (memory_kib, iterations, parallelism) = (cost("m")?, cost("t")?, cost("p")?);
        let key_id = hash.params.get_str("keyid").map(str::to_owned);
        // S-02. And no other parameter: it would change the output.
        let bearable = memory_kib <= MAX_MEMORY_KIB
            && iterations <= MAX_ITERATIONS
            && parallelism <= MAX_PARALLELISM
            && hash.params.iter().count() == 3 + usize::from(key_id.is_some());
        if !bearable {
            return None;
        }
        let salted = Salted::new(hash.salt?.as_ref(), hash.hash?.as_bytes())?;
        let (_, output) = salted.lengths();
        let params = Params::new(memory_kib, iterations, parallelism, Some(output)).ok()?;
        Some(Self { variant: Variant { algorithm, version }, params, key_id, salted })
    }

    pub(super) fn own(params: &Params, key_id: Option<&str>, salted: Salted) -> Self {
        let key_id = key_id.map(str::to_owned);
        Self { variant: ARGON2ID, params: params.clone(), key_id, salted }
    }

    /// Of the pepper that the password was mixed with.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether this is the hash of `input`: the password, or what the pepper made of it.
    pub(super) fn matches(&self, input: &[u8], memory: &mut Memory) -> Result<bool, HashError> {
        self.salted
            .matches(|salt, output| memory.argon2(self.variant, &self.params, input, salt, output))
    }

    /// Whether each part is as good as in a new hash (S-07).
    pub(super) fn is_current(&self, params: &Params, peppers: &Peppers) -> bool {
        let (salt, output) = self.salted.lengths();
        self.variant == ARGON2ID
            && self.params.m_cost() >= params.m_cost()
            && self.params.t_cost() >= params.t_cost()
            && salt >= OWN_LENGTHS.0
            && output >= OWN_LENGTHS.1
            && self.key_id() == peppers.current().map(Pepper::id)
    }

    #[cfg(test)]
    pub(super) fn params(&self) -> &Params {
        &self.params
    }
}
