//! Hashing and verifying on the calling thread: which hash and at what cost, no queue.

use std::fmt::Write;

use argon2::Params;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::memory::{ARGON2ID, Memory};
use super::pepper::{Pepper, Peppers};
use super::rules::HashingRules;
use super::stored::Stored;
use super::{HashError, Verdict};
use crate::domain::{Password, PasswordHash};
use crate::runtime::Random;

/// RFC 9106 §3.1 recommends 16 bytes; S-01 asks for as many.
const SALT_LENGTH: usize = 16;
/// S-01.
const OUTPUT_LENGTH: usize = 32;
/// RFC 9106: version 0x13.
const VERSION: u32 = 19;
/// Longer than the longest string this makes, so that growing leaves no copy behind.
const PHC_CAPACITY: usize = 160;

/// Makes and verifies hashes.
pub(crate) struct Hasher {
    params: Params,
    peppers: Peppers,
    /// Verified where there is no account. It is random, so no password has it.
    dummy: Stored,
}

impl Hasher {
    /// A hasher of this cost. `Failed` when Argon2 has no such cost: the rules were not checked.
    pub(crate) fn new(
        rules: &HashingRules,
        peppers: Peppers,
        random: &dyn Random,
    ) -> Result<Self, HashError> {
        let params =
            Params::new(rules.memory_kib, rules.iterations, rules.parallelism, Some(OUTPUT_LENGTH))
                .map_err(|_| HashError::Failed)?;
        let mut output = [0; OUTPUT_LENGTH];
        random.fill(&mut output);
        let key_id = peppers.current().map(Pepper::id);
        let dummy = Stored::own(&params, key_id, &random.bytes16(), &output);
        let dummy = dummy.ok_or(HashError::Failed)?;
        Ok(Self { params, peppers, dummy })
    }

    /// Hashes with the current cost and pepper; `salt` is fresh and random.
    pub(crate) fn hash(
        &self,
        password: &Password,
        salt: [u8; SALT_LENGTH],
        memory: &mut Memory,
    ) -> Result<PasswordHash, HashError> {
        let pepper = self.peppers.current();
        let mixed = pepper.map(|pepper| pepper.mix(password.expose())).transpose()?;
        let input = mixed.as_ref().map_or(password.expose().as_bytes(), |mixed| mixed.as_slice());
        let mut output = Zeroizing::new([0; OUTPUT_LENGTH]);
        memory.argon2(ARGON2ID, &self.params, input, &salt, &mut *output)?;
        self.written(pepper, salt, &*output).map_err(|_| HashError::Failed)
    }

    /// The PHC string of a hash.
    fn written(
        &self,
        pepper: Option<&Pepper>,
        salt: [u8; SALT_LENGTH],
        output: &[u8],
    ) -> Result<PasswordHash, std::fmt::Error> {
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let mut phc = String::with_capacity(PHC_CAPACITY);
        write!(phc, "$argon2id$v={VERSION}$m={m},t={t},p={p}")?;
        if let Some(pepper) = pepper {
            write!(phc, ",keyid={}", pepper.id())?;
        }
        phc.push('$');
        STANDARD_NO_PAD.encode_string(salt, &mut phc);
        phc.push('$');
        STANDARD_NO_PAD.encode_string(output, &mut phc);
        Ok(PasswordHash::from_phc(phc))
    }

    /// Verifies as `hash` says. Without one, and without a usable one, the work of a hash of our
    /// own is done for nothing (S-47).
    pub(crate) fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
        memory: &mut Memory,
    ) -> Result<Verdict, HashError> {
        let known = hash.and_then(|hash| Stored::parse(hash.as_phc()));
        let matches = self.matches(password, known.as_ref().unwrap_or(&self.dummy), memory)?;
        Ok(match known {
            Some(known) if matches && known.is_current(&self.params, &self.peppers) => {
                Verdict::Match
            }
            Some(_) if matches => Verdict::MatchOutdated,
            None if hash.is_some() => Verdict::Unusable,
            Some(_) | None => Verdict::Mismatch,
        })
    }

    /// Whether `stored` is the hash of any spelling of the password. All spellings count for our
    /// own hashes too, and for the dummy: so their number tells nothing about an account.
    fn matches(
        &self,
        password: &Password,
        stored: &Stored,
        memory: &mut Memory,
    ) -> Result<bool, HashError> {
        for spelling in password.spellings() {
            if stored.matches(spelling, &self.peppers, memory)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
#[path = "hasher_tests.rs"]
mod tests;
