//! Hashes made by the systems themselves: bcrypt 5.0.0, passlib 1.7.4 and argon2-cffi 25.1.0 for
//! Python, with bytes 0 to 15 as salt.
//!
//! ```text
//! bcrypt.hashpw(PASSWORD, b"$2b$05$..CA.uOD/eaGAOmJB.yMBu")
//! passlib.hash.pbkdf2_sha256.using(salt=SALT, rounds=1000).hash(PASSWORD)
//! passlib.hash.scrypt.using(salt=SALT, rounds=10, block_size=8, parallelism=2).hash(PASSWORD)
//! argon2.low_level.hash_secret(PASSWORD, SALT, 3, 256, 2, 32, Type.I, version=16)
//! ```

use argon2::Params;
use secrecy::SecretString;

use super::super::memory::Memory;
use super::super::pepper::Peppers;
use super::Stored;
use crate::domain::Password;

const PASSWORD: &str = "correct horse battery staple";
/// "pässwörd" with combining marks, as a Mac types it; the hash is of these bytes.
const DECOMPOSED: &str = "pa\u{308}sswo\u{308}rd";

/// Whether any spelling of `password` matches. The text must be readable.
fn matches(text: &str, password: &str) -> bool {
    let stored = Stored::parse(text).unwrap_or_else(|| panic!("readable: {text}"));
    let password = Password::present(&SecretString::from(password)).unwrap();
    let (peppers, mut memory) = (Peppers::default(), Memory::default());
    let cheap = Params::new(8, 1, 1, None).unwrap();
    assert!(!stored.is_current(&cheap, &peppers), "a hash of another system is to be replaced");
    password.spellings().any(|text| stored.matches(text, &peppers, &mut memory).unwrap())
}

#[test]
fn hashes_of_other_systems_are_verified() {
    for text in [
        "$2b$05$..CA.uOD/eaGAOmJB.yMBu2NOdFRYV4ZXZ5Sq1lPuk2tVBVZv.ULO",
        "$2a$04$..CA.uOD/eaGAOmJB.yMBuaOWmnNUFfwORoH..MfuhEhaBiFsYEfG",
        "$2y$04$..CA.uOD/eaGAOmJB.yMBuaOWmnNUFfwORoH..MfuhEhaBiFsYEfG",
        "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
        "$pbkdf2-sha256$29000$AAECAwQFBgcICQoLDA0ODw$m/kLywdyNwK9GV2kWntRGvZzmeiVsuqehNWlLst2eWY",
        "$pbkdf2-sha256$1000$....////....////..../w$4Px.J3FtszsT2TuZwOOMz6wY9v1thRi3.MNL/dd0.jQ",
        "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
        "$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
        "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$wk79EttC618m617oirShLZuxJkXcX6rXHrrS9rQQ/44",
        "$argon2i$v=19$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$0aDgzEMZiRVi1u+x+Y6w2tkwUn+VWMMuiKet5NmyEUU",
        "$argon2i$v=16$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$TO+7m1jU+NjzwDUPE0m5BpaW+O9XnBZ5zQcIeYr1TSs",
        "$argon2i$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$TO+7m1jU+NjzwDUPE0m5BpaW+O9XnBZ5zQcIeYr1TSs",
        "$argon2d$v=19$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$YwmVA0YXxpPNTcciFW1Az4oFXJi44bFFuS3zuIEUqls",
        "$argon2id$v=16$m=256,t=3,p=2$AAECAwQFBgcICQoLDA0ODw$MzBzQLDqe4BCuXeVQevbZ4N2SI16Vcvp8tTV9MMYn8I",
    ] {
        assert!(matches(text, PASSWORD), "{text}");
        assert!(!matches(text, "correct horse battery stapl"), "{text}");
    }
}

#[test]
fn meteor_hashes_the_digest_of_a_password() {
    let bcrypt = "$2b$04$..CA.uOD/eaGAOmJB.yMBuqtFd68XW0NGZ4TGY23Cj5qn7oK0LO8S";
    let argon2 = "$argon2id$v=19$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$KbgH4TEIS31Bzup5VF8jwcFfZ7we9/b+tWOJYXHjyqE";
    for text in [bcrypt, argon2].map(|text| format!("$meteor{text}")) {
        assert!(matches(&text, PASSWORD), "{text}");
        assert!(!matches(&text, "correct horse battery stapl"), "{text}");
        // sha256(PASSWORD): who stole digests has no password.
        let digest = "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a";
        assert!(!matches(&text, digest), "{text}");
    }
    assert!(!matches(bcrypt, PASSWORD), "without the prefix it is another hash");
}

#[test]
fn other_systems_did_not_normalise() {
    for text in [
        "$2b$05$..CA.uOD/eaGAOmJB.yMBuQjk6uQhaDvdeQtn7DLYweyolRzGjdru",
        "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$hgLvatquJnuSj3rpa/8o5yZ3KU7trsMgkCPj./xfJZo",
    ] {
        assert!(matches(text, DECOMPOSED), "{text}");
        assert!(!matches(text, "p\u{e4}ssw\u{f6}rd"), "what the other system would refuse: {text}");
    }
}

#[test]
fn bcrypt_looks_at_72_bytes_as_it_did_in_the_other_system() {
    let text = "$2b$05$..CA.uOD/eaGAOmJB.yMBuny.kbRERd53mlXlP/.ug90WTOXaSdZS";
    let typed = "0123456789".repeat(8);
    assert!(matches(text, &typed));
    assert!(matches(text, &typed[..72]));
    assert!(!matches(text, &typed[..71]));
}

#[test]
fn the_dearest_hashes_that_are_read() {
    let rest = "$AAECAwQFBgcICQoLDA0ODw$wk79EttC618m617oirShLZuxJkXcX6rXHrrS9rQQ/44";
    for head in [
        "$pbkdf2-sha256$2000000",
        "$scrypt$ln=18,r=8,p=2",
        "$scrypt$ln=17,r=16,p=1",
        "$argon2id$v=19$m=262144,t=10,p=8",
    ] {
        assert!(Stored::parse(&format!("{head}{rest}")).is_some(), "{head}");
    }
    let bcrypt = "$2b$14$..CA.uOD/eaGAOmJB.yMBu2NOdFRYV4ZXZ5Sq1lPuk2tVBVZv.ULO";
    assert!(Stored::parse(bcrypt).is_some());
}
