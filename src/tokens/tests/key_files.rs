//! S-25: key files that are read, and all those that stop the start.

use std::fs;

use super::super::keys::KeyError;
use super::*;

/// RFC 8037, appendix A.1.
pub(super) const RFC_8037_A1: &str = r#"{"kty":"OKP","crv":"Ed25519",
    "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7515, appendix A.3.
pub(super) const RFC_7515_A3: &str = r#"{"kty":"EC","crv":"P-256",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
/// 32 bytes of /dev/urandom.
pub(super) const OCT: &str =
    r#"{"kty":"oct","alg":"HS256","k":"b6YWU9s-wzugXzBbaL2JQsFtCKwnNUu0S3X1jTzjDSw"}"#;
/// The same key in PKCS#8, as `openssl` writes it.
const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// `openssl genpkey`, P-256.
const P256_PEM: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfJDEv2eTBMfs3ZaG
BEDFrjnjCBzSzolAE4uNi6yHP+ehRANCAASXMT2KbwBS6LXRoDbplHi8vLnq5h+u
hcX9iz8mHYxI1oJS4ms8soPBhWf23y7qpl/7OTK7bmYUMyVKDb29MtiO
-----END PRIVATE KEY-----
";
/// `openssl genpkey -algorithm x25519`: for key agreement, not for signing.
const X25519_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VuBCIEIHBSVvXzjiC3yfhRS6qPrz5/CEB/kOcjn/2jQZC/ll5P
-----END PRIVATE KEY-----
";
/// `openssl genpkey`, P-384.
const P384_PEM: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBajtEaL1Pcv/7VMXic
vEssC9O1txKCoK0d4I5fuN5iGDiQmIpfg5XFEolS+KWvDSChZANiAAT+JgZn5zOe
ArPcz+TrG9CI2deJowUWkCBHcqM7pE7ShjMS9W9WsbEPKtoxkyUmnt+xyCOczbPg
P/+qRb+bstd17MCqKb4osakfKzsImXgB9lXhzCXO/DOnRZYIt9fY8zg=
-----END PRIVATE KEY-----
";

fn load_file(text: impl AsRef<[u8]>) -> Result<Key, KeyError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("the-key");
    fs::write(&path, text).unwrap();
    let load = |algorithm| KeyRing::load(&[&path], algorithm).map(KeyRing::into_signer);
    load(Algorithm::EdDsa).or_else(|_| load(Algorithm::Es256)).or_else(|_| load(Algorithm::Hs256))
}

pub(super) fn load(text: &str) -> Key {
    load_file(text).unwrap_or_else(|e| panic!("{e}"))
}

fn refused(text: impl AsRef<[u8]>) -> String {
    let message = load_file(text).err().unwrap().to_string();
    let (file, problem) = message.split_once(": ").unwrap();
    assert!(file.starts_with("signing key ") && file.ends_with("the-key"), "{message}");
    problem.to_owned()
}

/// The JSON of a key after `change`.
fn changed(jwk: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut jwk = serde_json::from_str(jwk).unwrap();
    change(&mut jwk);
    jwk.to_string()
}

fn oct(secret: impl AsRef<[u8]>) -> String {
    json!({ "kty": "oct", "k": encode(secret) }).to_string()
}

#[test]
fn pem_and_jwk_of_all_three_algorithms_are_read() {
    for (text, algorithm) in [
        (ED25519_PEM, Algorithm::EdDsa),
        (RFC_8037_A1, Algorithm::EdDsa),
        (P256_PEM, Algorithm::Es256),
        (RFC_7515_A3, Algorithm::Es256),
        (OCT, Algorithm::Hs256),
    ] {
        let service = service_of(rules(), vec![load(text)]);
        let token = service.issuer().access(&session(), NOW).unwrap();
        assert_eq!(part(&token, 0)["alg"], algorithm.name());
        assert_eq!(refusal::<super::super::AccessClaims>(&service, &token, NOW), None);
    }
}

#[test]
fn one_key_has_one_id_in_every_format() {
    let id = |text: &str| load(text).id().to_string();
    // RFC 8037, appendix A.3.
    assert_eq!(id(RFC_8037_A1), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(id(ED25519_PEM), id(RFC_8037_A1));
    let named = changed(RFC_8037_A1, |jwk| {
        for (name, value) in
            [("kid", "mine"), ("use", "sig"), ("alg", "EdDSA"), ("key_ops", "sign")]
        {
            jwk[name] = value.into();
        }
    });
    assert_eq!(id(&named), id(RFC_8037_A1));
    assert_eq!(id(&format!("\u{feff}\r\n{}", ED25519_PEM.replace('\n', "\r\n"))), id(ED25519_PEM));
    assert_eq!(id(OCT).len(), 22, "half a digest");
}

#[test]
fn the_signature_of_rfc_8037_is_reproduced() {
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature =
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(load(RFC_8037_A1).sign(message).unwrap(), signature);
}

#[test]
fn what_is_no_private_key_is_refused_with_its_reason() {
    let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    for (text, problem) in [
        (String::new(), "is neither PEM"),
        ("hello".to_owned(), "is neither PEM"),
        ("ssh-ed25519 AAAA".to_owned(), "is neither PEM"),
        ("-----BEGIN PRIVATE KEY-----\n****\n".to_owned(), "holds broken PEM"),
        (ED25519_PEM.replace("MC4C", "M*4C"), "holds broken PEM"),
        (ED25519_PEM.replace("MC4C", "MC4D"), "neither Ed25519 nor EC P-256"),
        (format!("{ED25519_PEM}{P256_PEM}"), "holds several PEM blocks"),
        (format!("{ED25519_PEM}{}", block("CERTIFICATE")), "holds several PEM blocks"),
        (block("PRIVATE KEY"), "neither Ed25519 nor EC P-256"),
        (X25519_PEM.to_owned(), "neither Ed25519 nor EC P-256"),
        (P384_PEM.to_owned(), "neither Ed25519 nor EC P-256"),
        (block("ENCRYPTED PRIVATE KEY"), "holds an encrypted private key"),
        (block("EC PRIVATE KEY"), "holds a SEC 1 key"),
        (block("RSA PRIVATE KEY"), "holds an RSA key"),
        (block("OPENSSH PRIVATE KEY"), "holds an OpenSSH key"),
        (block("PUBLIC KEY"), "holds a public key"),
        (block("CERTIFICATE"), "holds a certificate"),
        (block("DH PARAMETERS"), "holds something else"),
    ] {
        let message = refused(&text);
        assert!(message.contains(problem), "{text}: {message}");
    }
    assert!(refused(b"\xff\xfe").contains("is neither PEM"));
}

#[test]
fn a_jwk_that_is_no_usable_private_key_is_refused_with_its_reason() {
    let without = |jwk, name| {
        changed(jwk, |jwk| {
            jwk.as_object_mut().unwrap().remove(name);
        })
    };
    let with = |jwk, name: &str, value: Value| changed(jwk, |jwk| jwk[name] = value);
    let other = encode([7; 32]);
    for (text, problem) in [
        ("{".to_owned(), "JSON error at line 1, column 1"),
        ("{}".to_owned(), "JSON error at line 1, column 2"),
        (format!(r#"{{"keys":[{RFC_8037_A1}]}}"#), "JSON error"),
        (format!("{RFC_8037_A1}{RFC_8037_A1}"), "JSON error"),
        (with(RFC_8037_A1, "d", json!(17)), "JSON error"),
        (OCT.replace(r#""kty""#, r#""k":"AAAA","kty""#), "JSON error"),
        (without(RFC_8037_A1, "d"), "it has no private part"),
        (without(RFC_7515_A3, "d"), "it has no private part"),
        (without(RFC_8037_A1, "x"), "its public part is incomplete"),
        (without(RFC_7515_A3, "y"), "its public part is incomplete"),
        (without(OCT, "k"), "its `k` is missing"),
        (with(RFC_8037_A1, "x", json!(other)), "its private and public parts differ"),
        (with(RFC_8037_A1, "d", json!(other)), "its private and public parts differ"),
        (with(RFC_7515_A3, "d", json!(other)), "its private and public parts differ"),
        (with(RFC_7515_A3, "x", json!(other)), "its private and public parts differ"),
        (with(RFC_8037_A1, "d", json!("AAAA")), "a member does not have 32 bytes"),
        (with(RFC_7515_A3, "y", json!("AAAA")), "a member does not have 32 bytes"),
        (with(RFC_8037_A1, "d", json!("not base64!")), "a member is not unpadded base64url"),
        (with(OCT, "k", json!("AAAA====")), "a member is not unpadded base64url"),
        (with(RFC_8037_A1, "use", json!("enc")), "its `use` is not `sig`"),
        (with(RFC_8037_A1, "alg", json!("ES256")), "its `alg` does not fit its type"),
        (with(OCT, "alg", json!("HS512")), "its `alg` does not fit its type"),
        (with(RFC_7515_A3, "alg", json!("Ed25519")), "its `alg` does not fit its type"),
        (with(RFC_8037_A1, "crv", json!("Ed448")), "only OKP Ed25519, EC P-256 and oct"),
        (with(RFC_8037_A1, "crv", json!("X25519")), "only OKP Ed25519, EC P-256 and oct"),
        (with(RFC_7515_A3, "crv", json!("P-384")), "only OKP Ed25519, EC P-256 and oct"),
        (with(OCT, "kty", json!("RSA")), "only OKP Ed25519, EC P-256 and oct"),
    ] {
        let message = refused(&text);
        assert!(message.contains(problem), "{text}: {message}");
    }
}

#[test]
fn a_refusal_never_quotes_the_file() {
    let secret = "b6YWU9s-wzugXzBbaL2JQsFtCKwnNUu0S3X1jTzjDSw";
    for text in [
        secret.to_owned(),
        format!(r#"{{"kty":"oct","k":"{secret}","use":"enc"}}"#),
        format!(r#"{{"kty":"{secret}","k":"{secret}"}}"#),
        format!(r#"{{"kty":"oct","k":{{"{secret}":1}}}}"#),
        format!(r#"{{"kty":"oct","k":"{secret}" {secret}"#),
        format!(r#"{{"kty":"oct","k":"{secret}!"}}"#),
        format!("-----BEGIN {secret}-----\n{secret}\n-----END {secret}-----"),
    ] {
        let error = load_file(&text).err().unwrap();
        assert!(!error.to_string().contains(&secret[..8]), "{error}");
        assert!(!format!("{error:?}").contains(&secret[..8]), "{error:?}");
    }
}

#[test]
fn a_weak_hmac_secret_is_refused() {
    let counting: Vec<u8> = (0..64).collect();
    let backwards: Vec<u8> = (0..32).rev().map(|n| n * 3).collect();
    // RFC 7515, appendix A.1.
    let rfc_7515_a1 =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    for (text, problem) in [
        (oct(""), "shorter than 32 bytes"),
        (oct("secret"), "shorter than 32 bytes"),
        (oct("your-256-bit-secret"), "shorter than 32 bytes"),
        (oct(&counting[..31]), "shorter than 32 bytes"),
        (oct([0; 32]), "its bytes are not random"),
        (oct([0xaa; 64]), "its bytes are not random"),
        (oct("abcdefg".repeat(10)), "its bytes are not random"),
        (oct("0110010101100011011100100110010101110100"), "its bytes are not random"),
        (oct("correct horse battery staple".repeat(2)), "its bytes are not random"),
        (oct(&counting), "its bytes are not random"),
        (oct(backwards), "its bytes are not random"),
        (oct("a-string-secret-at-least-256-bits-long"), "it is a well-known sample"),
        (oct("My-Super-SECRET-key-for-tokens-2026!"), "it is a well-known sample"),
        (oct("please_ChangeMe_before_production_0xf3"), "it is a well-known sample"),
        (json!({ "kty": "oct", "k": rfc_7515_a1 }).to_string(), "it is a well-known sample"),
    ] {
        let message = refused(&text);
        assert!(message.starts_with("holds a weak HMAC secret: "), "{text}: {message}");
        assert!(message.contains(problem), "{text}: {message}");
    }
}

#[test]
fn a_file_that_is_no_small_regular_file_is_refused() {
    assert!(refused(" ".repeat(64 * 1024 + 1)).ends_with("is larger than 64 KiB"));
    // The limit itself is allowed.
    let padded = format!("{OCT}{}", " ".repeat(64 * 1024 - OCT.len()));
    assert_eq!(load(&padded).id(), load(OCT).id());

    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    for (path, problem) in [
        (folder.path(), "is not a regular file"),
        (std::path::Path::new("/dev/zero"), "is not a regular file"),
        (&missing, "cannot be read: entity not found"),
    ] {
        let error = KeyRing::load(&[path], Algorithm::EdDsa).err().unwrap().to_string();
        assert_eq!(error, format!("signing key {}: {problem}", path.display()));
    }
}

#[test]
fn a_mounted_secret_may_be_readable_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, ED25519_PEM).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(KeyRing::load(&[path], Algorithm::EdDsa).is_ok());
}

#[test]
fn a_ring_has_distinct_keys_and_the_first_signs_as_configured() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let ed = file("ed.pem", ED25519_PEM);
    let ed_again = file("ed.jwk", RFC_8037_A1);
    let ec = file("ec.pem", P256_PEM);
    let ring = |paths: &[&std::path::PathBuf], algorithm| {
        KeyRing::load(paths, algorithm).map_err(|e| e.to_string())
    };
    let names = |ring: KeyRing| ring.keys().map(Key::algorithm).collect::<Vec<_>>();

    assert_eq!(
        ring(&[&ed, &ec], Algorithm::EdDsa).map(names),
        Ok(vec![Algorithm::EdDsa, Algorithm::Es256]),
    );
    assert_eq!(
        ring(&[&ed, &ec], Algorithm::Es256).map(names),
        Err(format!(
            "signing key {}: holds a key for EdDSA, but tokens are to be signed with ES256",
            ed.display(),
        )),
    );
    assert_eq!(
        ring(&[&ed, &ec, &ed_again], Algorithm::EdDsa).map(names),
        Err("two signing keys have the id kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k: \
             the same key is listed twice"
            .to_owned()),
    );
    assert_eq!(
        ring(&[], Algorithm::EdDsa).map(names),
        Err("no signing key is configured".to_owned()),
    );
    let many = (0..17).map(|_| generated(Algorithm::Hs256)).collect();
    assert_eq!(
        KeyRing::new(many).err().unwrap().to_string(),
        "more than 16 signing keys are configured",
    );
}

#[test]
fn an_algorithm_is_known_by_its_exact_name() {
    for algorithm in ALGORITHMS {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    for name in ["", "none", "eddsa", "RS256", "HS512"] {
        assert!(name.parse::<Algorithm>().is_err(), "{name}");
    }
}
