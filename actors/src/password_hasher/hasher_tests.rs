//! Hashing and verifying, without lanes.

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

fn with_peppers(peppers: Peppers) -> Hasher {
    Hasher::new(&HashingRules::insecure_for_tests(), peppers, &SeededRandom::new(1)).unwrap()
}

fn hasher() -> Hasher {
    with_peppers(Peppers::default())
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
        assert_eq!(verify("password", phc), Ok(Verdict::MatchOutdated), "salt of 8 bytes");
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
        let right = if output < 32 { Verdict::MatchOutdated } else { Verdict::Match };
        assert_eq!(verify("correct horse", &theirs), Ok(right));
        assert_eq!(verify("correct horsf", &theirs), Ok(Verdict::Mismatch));
    }
    let ours = hasher().hash(&password("correct horse"), SALT, &mut Memory::default()).unwrap();
    let theirs = Argon2::default();
    assert!(theirs.verify_password(b"correct horse", ours.as_phc()).is_ok());
    assert!(theirs.verify_password(b"correct horsf", ours.as_phc()).is_err());
}

#[test]
fn a_hash_names_its_cost_and_has_16_bytes_of_salt_and_32_of_output_s01() {
    let hasher =
        Hasher::new(&HashingRules::default(), Peppers::default(), &SeededRandom::new(1)).unwrap();
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
    assert_eq!(hasher.verify(&password("wrong"), Some(&hash), &mut memory), Ok(Verdict::Mismatch));
    assert_eq!(hasher.verify(&password("right"), None, &mut memory), Ok(Verdict::Mismatch));
    let [known, unknown] = memory.computed.as_slice() else { panic!("one hash each") };
    assert_eq!(known, unknown);
}

#[test]
fn even_the_password_of_the_dummy_does_not_open_an_account_that_is_not_there_s47() {
    let (mut hasher, mut memory) = (hasher(), Memory::default());
    let hash = hasher.hash(&password("lucky"), SALT, &mut memory).unwrap();
    hasher.dummy = Stored::parse(hash.as_phc()).unwrap_or_else(|| panic!("readable"));
    assert_eq!(hasher.verify(&password("lucky"), None, &mut memory), Ok(Verdict::Mismatch));
}

#[test]
fn hostile_and_unknown_hashes_cost_a_dummy_and_open_for_nobody_s02() {
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
        with("$argon2id$v=17$m=256,t=2,p=1"),
        with("$argon2$v=19$m=256,t=2,p=1"),
        with("$meteor$meteor$argon2id$v=19$m=256,t=2,p=1"),
        with("$argon2id$v=19$m=256,t=2,p=1") + "$AAAA",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAA".to_owned(), // 15 bytes
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ".to_owned(),
        format!("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ${}", "A".repeat(100_000)),
        "$2b$15$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$2b$03$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$2x$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMU".to_owned(),
        with("$pbkdf2-sha256$2000001"),
        with("$pbkdf2-sha256$4294967296"),
        with("$pbkdf2-sha256$0"),
        with("$pbkdf2-sha256$i=1000,l=31"),
        with("$pbkdf2-sha256$i=1000,m=32"),
        with("$pbkdf2-sha512$1000"),
        with("$pbkdf2-sha256$1000") + "$AAAA",
        format!("$pbkdf2-sha256$1000$c29tZXNhbHQ${}", "A".repeat(44)), // 33 bytes
        with("$scrypt$ln=19,r=8,p=1"),
        with("$scrypt$ln=18,r=8,p=3"),
        with("$scrypt$ln=63,r=8,p=1"),
        with("$scrypt$ln=255,r=8,p=1"),
        with("$scrypt$ln=10,r=4294967295,p=1"),
        with("$scrypt$ln=10,r=1,p=4294967295"),
        with("$scrypt$ln=10,r=0,p=1"),
        with("$scrypt$ln=10,r=8"),
        "password".to_owned(),
        String::new(),
    ] {
        let mut memory = Memory::default();
        let verdict = hasher().verify(&password("password"), Some(&stored(&phc)), &mut memory);
        assert_eq!(verdict, Ok(Verdict::Unusable), "{phc}");
        let [computed] = memory.computed.as_slice() else { panic!("one hash: {phc}") };
        assert_eq!((computed.m_cost(), computed.t_cost()), (8, 1), "the dummy's cost: {phc}");
    }
}

fn peppers(ids: &[&str]) -> Peppers {
    let key = |id: &str| Zeroizing::new(id.bytes().cycle().take(32).collect::<Vec<u8>>());
    Peppers::new(ids.iter().map(|id| Pepper::new(id, key(id)).unwrap()).collect()).unwrap()
}

#[test]
fn cheaper_hashes_are_outdated_and_dearer_ones_are_not_s07() {
    let cost = |memory_kib, iterations| {
        let rules = HashingRules { memory_kib, iterations, ..HashingRules::insecure_for_tests() };
        Hasher::new(&rules, Peppers::default(), &SeededRandom::new(1)).unwrap()
    };
    let mut memory = Memory::default();
    let hash = cost(64, 2).hash(&password("x"), SALT, &mut memory).unwrap();
    for (memory_kib, iterations, expected) in [
        (64, 2, Verdict::Match),
        (32, 1, Verdict::Match),
        (65, 2, Verdict::MatchOutdated),
        (64, 3, Verdict::MatchOutdated),
        (32, 3, Verdict::MatchOutdated),
    ] {
        let hasher = cost(memory_kib, iterations);
        let verdict = hasher.verify(&password("x"), Some(&hash), &mut memory);
        assert_eq!(verdict, Ok(expected), "{memory_kib} {iterations}");
        let renewed = hasher.hash(&password("x"), SALT, &mut memory).unwrap();
        let verdict = hasher.verify(&password("x"), Some(&renewed), &mut memory);
        assert_eq!(verdict, Ok(Verdict::Match), "renewed once, not for ever");
    }
}

#[test]
fn a_pepper_is_named_in_the_hash_and_needed_to_verify_it_s09() {
    let (hasher, mut memory) = (with_peppers(peppers(&["new", "old"])), Memory::default());
    let hash = hasher.hash(&password("x"), SALT, &mut memory).unwrap();
    assert!(hash.as_phc().starts_with("$argon2id$v=19$m=8,t=1,p=1,keyid=new$"));
    let mut verify =
        |hasher: &Hasher, text| hasher.verify(&password(text), Some(&hash), &mut memory);
    assert_eq!(verify(&hasher, "x"), Ok(Verdict::Match));
    assert_eq!(verify(&hasher, "y"), Ok(Verdict::Mismatch));
    // Rotated: the old one verifies, and its hashes are replaced.
    let rotated = with_peppers(peppers(&["newest", "new"]));
    assert_eq!(verify(&rotated, "x"), Ok(Verdict::MatchOutdated));
    assert_eq!(verify(&rotated, "y"), Ok(Verdict::Mismatch));
    // Lost: nobody can tell, so nobody is told that the password is wrong.
    for lost in [with_peppers(peppers(&["newest"])), with_peppers(Peppers::default())] {
        assert_eq!(verify(&lost, "x"), Err(HashError::UnknownPepper));
    }
    // The same id with another key.
    let other = Pepper::new("new", Zeroizing::new(vec![1; 32])).unwrap();
    let other = with_peppers(Peppers::new(vec![other]).unwrap());
    assert_eq!(verify(&other, "x"), Ok(Verdict::Mismatch));
}

#[test]
fn a_hash_from_before_there_was_a_pepper_is_verified_and_outdated_s09() {
    let mut memory = Memory::default();
    let hash = hasher().hash(&password("x"), SALT, &mut memory).unwrap();
    let peppered = with_peppers(peppers(&["first"]));
    let verdict = peppered.verify(&password("x"), Some(&hash), &mut memory);
    assert_eq!(verdict, Ok(Verdict::MatchOutdated));
}

#[test]
fn what_a_pepper_makes_of_a_password_is_no_password_s09() {
    let mut memory = Memory::default();
    let peppered = with_peppers(peppers(&["p"])).hash(&password("x"), SALT, &mut memory).unwrap();
    let plain = hasher().hash(&password("x"), SALT, &mut memory).unwrap();
    let output = |hash: &PasswordHash| hash.as_phc().rsplit('$').next().unwrap().to_owned();
    assert_ne!(output(&peppered), output(&plain));
}

#[test]
fn both_spellings_are_tried_whoever_the_account_belongs_to_s47() {
    let (hasher, mut memory) = (hasher(), Memory::default());
    let decomposed = password("pa\u{308}ssword");
    let hash = hasher.hash(&password("another"), SALT, &mut memory).unwrap();
    let unusable = stored("none");
    for hash in [None, Some(&hash), Some(&unusable)] {
        memory.computed.clear();
        assert!(hasher.verify(&decomposed, hash, &mut memory).is_ok());
        assert_eq!(memory.computed.len(), 2);
    }
    let hash = hasher.hash(&decomposed, SALT, &mut memory).unwrap();
    let composed = hasher.verify(&password("p\u{e4}ssword"), Some(&hash), &mut memory);
    assert_eq!(composed, Ok(Verdict::Match));
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
    fn no_text_of_another_system_makes_the_reader_panic(
        head in prop::sample::select(vec!["$2b$", "$2a$14$", "$pbkdf2-sha256$", "$scrypt$ln=", "$meteor"]),
        rest in "\\PC{0,70}",
        likely in "[0-9]{1,12}(,r=[0-9]{1,12},p=[0-9]{1,12})?(\\$[A-Za-z0-9./+]{0,60}){0,3}",
    ) {
        for text in [format!("{head}{rest}"), format!("{head}{likely}")] {
            let _ = Stored::parse(&text);
        }
    }

    #[test]
    fn no_stored_text_makes_the_reader_panic_or_passes_the_caps(text in "(\\$meteor)?(\\$argon2(id|i|d)\\$v=19\\$m=[0-9]{1,10},t=[0-9]{1,3},p=[0-9]{1,3}\\$)?[A-Za-z0-9$=,+/]{0,90}") {
        if let Some(params) = Stored::parse(&text).as_ref().and_then(Stored::argon2_params) {
            prop_assert!(params.m_cost() <= 262_144);
            prop_assert!(params.t_cost() <= 10 && params.p_cost() <= 8);
        }
    }
}
