//! Hashing and verifying on the calling thread: formats and limits, no queue.

use std::fmt::Write;

use argon2::password_hash::phc::{Output, Salt};
use argon2::{ARGON2ID_IDENT, Params};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::memory::Memory;
use super::rules::{HashingRules, MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM};
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
const PHC_CAPACITY: usize = 128;

/// Makes and verifies hashes in PHC string format.
pub(super) struct Hasher {
    params: Params,
    /// Verified where there is no account. It is random, so no password has it.
    dummy: Stored,
}

/// A hash that is worth verifying.
struct Stored {
    params: Params,
    salt: Salt,
    output: Output,
}

impl Hasher {
    /// A hasher of this cost. `Failed` when Argon2 has no such cost: the rules were not checked.
    pub(super) fn new(rules: &HashingRules, random: &dyn Random) -> Result<Self, HashError> {
        let params =
            Params::new(rules.memory_kib, rules.iterations, rules.parallelism, Some(OUTPUT_LENGTH))
                .map_err(|_| HashError::Failed)?;
        let mut output = [0; OUTPUT_LENGTH];
        random.fill(&mut output);
        let dummy = Stored {
            params: params.clone(),
            salt: Salt::new(&random.bytes16()).map_err(|_| HashError::Failed)?,
            output: Output::new(&output).map_err(|_| HashError::Failed)?,
        };
        Ok(Self { params, dummy })
    }

    /// Hashes with the current cost; `salt` is fresh and random.
    pub(super) fn hash(
        &self,
        password: &Password,
        salt: [u8; SALT_LENGTH],
        memory: &mut Memory,
    ) -> Result<PasswordHash, HashError> {
        let mut output = Zeroizing::new([0; OUTPUT_LENGTH]);
        memory.argon2id(&self.params, password.expose().as_bytes(), &salt, &mut *output)?;
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let mut phc = String::with_capacity(PHC_CAPACITY);
        write!(phc, "$argon2id$v={VERSION}$m={m},t={t},p={p}$").map_err(|_| HashError::Failed)?;
        STANDARD_NO_PAD.encode_string(salt, &mut phc);
        phc.push('$');
        STANDARD_NO_PAD.encode_string(*output, &mut phc);
        Ok(PasswordHash::from_phc(phc))
    }

    /// Verifies with the cost that `hash` names. Without one, the same work is done for nothing
    /// (S-47).
    pub(super) fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
        memory: &mut Memory,
    ) -> Result<Verdict, HashError> {
        let known = hash.map(Stored::read).transpose()?;
        let stored = known.as_ref().unwrap_or(&self.dummy);
        let mut room = Zeroizing::new([0; Output::MAX_LENGTH]);
        let expected = stored.output.as_bytes();
        let output = room.get_mut(..expected.len()).ok_or(HashError::Unusable)?;
        memory.argon2id(&stored.params, password.expose().as_bytes(), &stored.salt, output)?;
        let equal = bool::from(output.ct_eq(expected));
        Ok(if equal && known.is_some() { Verdict::Match } else { Verdict::Mismatch })
    }
}

impl Stored {
    /// Reads a PHC string; anything but Argon2id at a bearable cost is `Unusable` (S-02).
    fn read(hash: &PasswordHash) -> Result<Self, HashError> {
        Self::parse(hash.as_phc()).ok_or(HashError::Unusable)
    }

    fn parse(phc: &str) -> Option<Self> {
        let hash = argon2::PasswordHash::new(phc).ok()?;
        let cost = |name| hash.params.get_decimal(name);
        let (memory_kib, iterations, parallelism) = (cost("m")?, cost("t")?, cost("p")?);
        let (salt, output) = (hash.salt?, hash.hash?);
        let ours = hash.algorithm == ARGON2ID_IDENT
            && hash.version == Some(VERSION)
            && hash.params.iter().count() == 3;
        let bearable = memory_kib <= MAX_MEMORY_KIB
            && iterations <= MAX_ITERATIONS
            && parallelism <= MAX_PARALLELISM
            && (16..=64).contains(&output.len());
        if !(ours && bearable) {
            return None;
        }
        let params = Params::new(memory_kib, iterations, parallelism, Some(output.len())).ok()?;
        Some(Self { params, salt, output })
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Argon2, PasswordHasher, PasswordVerifier, Version};
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::*;
    use crate::runtime::SeededRandom;

    const SALT: [u8; 16] = *b"sixteen byte str";

    fn password(text: &str) -> Password {
        Password::present(&SecretString::from(text)).unwrap()
    }

    fn stored(phc: &str) -> PasswordHash {
        PasswordHash::from_phc(phc.to_owned())
    }

    fn hasher() -> Hasher {
        Hasher::new(&HashingRules::insecure_for_tests(), &SeededRandom::new(1)).unwrap()
    }

    fn verify(text: &str, phc: &str) -> Result<Verdict, HashError> {
        hasher().verify(&password(text), Some(&stored(phc)), &mut Memory::default())
    }

    #[test]
    fn hashes_of_the_reference_implementation_verify() {
        // phc-winner-argon2, src/test.c: argon2id, version 0x13, "password" and "somesalt".
        for phc in [
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ] {
            assert_eq!(verify("password", phc), Ok(Verdict::Match));
            assert_eq!(verify("Password", phc), Ok(Verdict::Mismatch));
        }
    }

    #[test]
    fn hashes_pass_both_ways_between_this_and_the_crate_s_own_api() {
        for output in [16, 32, 64] {
            let params = Params::new(64, 3, 2, Some(output)).unwrap();
            let theirs = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_with_salt(b"correct horse", &SALT)
                .unwrap()
                .to_string();
            assert_eq!(verify("correct horse", &theirs), Ok(Verdict::Match));
            assert_eq!(verify("correct horsf", &theirs), Ok(Verdict::Mismatch));
        }
        let ours = hasher().hash(&password("correct horse"), SALT, &mut Memory::default()).unwrap();
        let theirs = Argon2::default();
        assert!(theirs.verify_password(b"correct horse", ours.as_phc()).is_ok());
        assert!(theirs.verify_password(b"correct horsf", ours.as_phc()).is_err());
    }

    #[test]
    fn a_hash_names_its_cost_and_has_16_bytes_of_salt_and_32_of_output_s01() {
        let hasher = Hasher::new(&HashingRules::default(), &SeededRandom::new(1)).unwrap();
        let hash = hasher.hash(&password("x"), SALT, &mut Memory::default()).unwrap();
        let rest = hash.as_phc().strip_prefix("$argon2id$v=19$m=19456,t=2,p=1$").unwrap();
        let (salt, output) = rest.split_once('$').unwrap();
        assert_eq!(STANDARD_NO_PAD.decode(salt).unwrap(), SALT);
        assert_eq!(STANDARD_NO_PAD.decode(output).unwrap().len(), 32);
    }

    #[test]
    fn no_account_costs_the_same_work_as_an_account_and_never_matches_s47() {
        let (hasher, mut memory) = (hasher(), Memory::default());
        let hash = hasher.hash(&password("right"), SALT, &mut memory).unwrap();
        memory.computed.clear();
        assert_eq!(
            hasher.verify(&password("wrong"), Some(&hash), &mut memory),
            Ok(Verdict::Mismatch)
        );
        assert_eq!(hasher.verify(&password("right"), None, &mut memory), Ok(Verdict::Mismatch));
        let [known, unknown] = memory.computed.as_slice() else { panic!("one hash each") };
        assert_eq!(known, unknown);
    }

    #[test]
    fn even_the_password_of_the_dummy_does_not_open_an_account_that_is_not_there_s47() {
        let (mut hasher, mut memory) = (hasher(), Memory::default());
        let hash = hasher.hash(&password("lucky"), SALT, &mut memory).unwrap();
        hasher.dummy = Stored::read(&hash).unwrap_or_else(|_| panic!("readable"));
        assert_eq!(hasher.verify(&password("lucky"), None, &mut memory), Ok(Verdict::Mismatch));
    }

    #[test]
    fn hostile_and_foreign_hashes_are_refused_before_any_work_s02() {
        let salt_and_output = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let with = |head: &str| format!("{head}{salt_and_output}");
        for phc in [
            with("$argon2id$v=19$m=262145,t=2,p=1"),
            with("$argon2id$v=19$m=4294967295,t=2,p=1"),
            with("$argon2id$v=19$m=256,t=11,p=1"),
            with("$argon2id$v=19$m=256,t=2,p=9"),
            with("$argon2id$v=19$m=256,t=0,p=1"),
            with("$argon2id$v=19$m=256,t=2,p=0"),
            with("$argon2id$v=19$m=7,t=2,p=1"),
            with("$argon2id$v=19$m=256,t=2"),
            with("$argon2id$v=19$m=256,t=2,p=1,data=AAAA"),
            with("$argon2id$v=19$m=256,m=256,t=2,p=1"),
            with("$argon2id$v=19"),
            with("$argon2id$v=16$m=256,t=2,p=1"),
            with("$argon2id$m=256,t=2,p=1"),
            with("$argon2i$v=19$m=256,t=2,p=1"),
            with("$argon2d$v=19$m=256,t=2,p=1"),
            with("$argon2id$v=19$m=256,t=2,p=1") + "$AAAA",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAA".to_owned(), // 15 bytes
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ".to_owned(),
            format!("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ${}", "A".repeat(100_000)),
            "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
            "password".to_owned(),
            String::new(),
        ] {
            let mut memory = Memory::default();
            let verdict = hasher().verify(&password("password"), Some(&stored(&phc)), &mut memory);
            assert_eq!(verdict, Err(HashError::Unusable), "{phc}");
            assert!(memory.held() == 0 && memory.computed.is_empty(), "{phc}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_password_matches_its_own_hash_and_no_other(a in "\\PC{1,20}", b in "\\PC{1,20}", salt: [u8; 16]) {
            let (hasher, mut memory) = (hasher(), Memory::default());
            let hash = hasher.hash(&password(&a), salt, &mut memory).unwrap();
            let other = password(&b);
            prop_assert_eq!(hasher.verify(&password(&a), Some(&hash), &mut memory), Ok(Verdict::Match));
            let same = other.expose() == password(&a).expose();
            let expected = if same { Verdict::Match } else { Verdict::Mismatch };
            prop_assert_eq!(hasher.verify(&other, Some(&hash), &mut memory), Ok(expected));
        }

        #[test]
        fn no_stored_text_makes_the_reader_panic_or_passes_the_caps(text in "(\\$argon2id\\$v=19\\$m=[0-9]{1,10},t=[0-9]{1,3},p=[0-9]{1,3}\\$)?[A-Za-z0-9$=,+/]{0,90}") {
            if let Some(stored) = Stored::parse(&text) {
                prop_assert!(stored.params.m_cost() <= 262_144);
                prop_assert!(stored.params.t_cost() <= 10 && stored.params.p_cost() <= 8);
            }
        }
    }
}
