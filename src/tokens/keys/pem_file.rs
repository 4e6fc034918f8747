//! Private keys in PEM: PKCS#8, unencrypted, one block.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use zeroize::Zeroizing;

use super::{Key, KeyProblem};

/// Reads the only block of `text`.
pub(super) fn parse(text: &str) -> Result<Key, KeyProblem> {
    let mut blocks = pem::parse_many(text).map_err(|_| KeyProblem::BrokenPem)?.into_iter();
    let block = blocks.next().ok_or(KeyProblem::BrokenPem)?;
    if blocks.next().is_some() {
        return Err(KeyProblem::SeveralPemBlocks);
    }
    match block.tag() {
        "PRIVATE KEY" => from_pkcs8(&Zeroizing::new(block.into_contents())),
        "ENCRYPTED PRIVATE KEY" => Err(KeyProblem::NotPkcs8("an encrypted private key")),
        "EC PRIVATE KEY" => Err(KeyProblem::NotPkcs8("a SEC 1 key")),
        "RSA PRIVATE KEY" => Err(KeyProblem::NotPkcs8("an RSA key")),
        "OPENSSH PRIVATE KEY" => Err(KeyProblem::NotPkcs8("an OpenSSH key")),
        "PUBLIC KEY" => Err(KeyProblem::NotPkcs8("a public key")),
        "CERTIFICATE" => Err(KeyProblem::NotPkcs8("a certificate")),
        _ => Err(KeyProblem::NotPkcs8("something else")),
    }
}

/// The key says itself which algorithm it is for; versions 1 and 2 of PKCS#8 are read.
fn from_pkcs8(der: &[u8]) -> Result<Key, KeyProblem> {
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
        return Key::ed25519(&pair);
    }
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
        .map_err(|_| KeyProblem::UnsupportedPkcs8)?;
    Key::p256(&pair)
}
