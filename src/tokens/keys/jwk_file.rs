//! Private keys as JWK (RFC 7517): OKP Ed25519, EC P-256, and `oct` for HS256.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyProblem};

/// Ed25519 seeds, P-256 scalars and coordinates are all this long.
const COORDINATE_BYTES: usize = 32;

/// The members that matter. Others (`kid`, `key_ops`, …) are legal and ignored: the id of a key
/// is always its thumbprint.
#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<SecretString>,
    k: Option<SecretString>,
}

/// Reads one JWK.
pub(super) fn parse(text: &str) -> Result<Key, KeyProblem> {
    // The parser's own message would quote the offending value.
    let jwk: PrivateJwk = serde_json::from_str(text)
        .map_err(|e| KeyProblem::BrokenJwk { line: e.line(), column: e.column() })?;
    if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return Err(KeyProblem::UnusableJwk("its `use` is not `sig`"));
    }
    let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("OKP", Some("Ed25519")) => ed25519(&jwk),
        ("EC", Some("P-256")) => p256(&jwk),
        ("oct", None) => Ok(Key::hs256(&secret(jwk.k.as_ref(), "its `k` is missing")?)?),
        _ => Err(KeyProblem::UnusableJwk("only OKP Ed25519, EC P-256 and oct are supported")),
    }?;
    match jwk.alg.as_deref() {
        None => Ok(key),
        Some(name) if name == key.algorithm().name() => Ok(key),
        // The fully-specified name of the same algorithm (RFC 9864).
        Some("Ed25519") if key.algorithm() == Algorithm::EdDsa => Ok(key),
        Some(_) => Err(KeyProblem::UnusableJwk("its `alg` does not fit its type")),
    }
}

fn ed25519(jwk: &PrivateJwk) -> Result<Key, KeyProblem> {
    let seed = coordinate(secret(jwk.d.as_ref(), NO_PRIVATE_PART)?)?;
    let public = coordinate(public(jwk.x.as_deref())?)?;
    let pair =
        Ed25519KeyPair::from_seed_and_public_key(&seed, &public).map_err(|_| INCONSISTENT)?;
    Key::ed25519(&pair)
}

fn p256(jwk: &PrivateJwk) -> Result<Key, KeyProblem> {
    let scalar = coordinate(secret(jwk.d.as_ref(), NO_PRIVATE_PART)?)?;
    let (x, y) = (public(jwk.x.as_deref())?, public(jwk.y.as_deref())?);
    // SEC 1 §2.3.3: an uncompressed point.
    let point = [&[4][..], &coordinate(x)?[..], &coordinate(y)?[..]].concat();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &scalar, &point)
        .map_err(|_| INCONSISTENT)?;
    Key::p256(&pair)
}

const NO_PRIVATE_PART: &str = "it has no private part";
const INCONSISTENT: KeyProblem = KeyProblem::UnusableJwk("its private and public parts differ");

fn secret(text: Option<&SecretString>, missing: &'static str) -> Result<Bytes, KeyProblem> {
    decode(text.ok_or(KeyProblem::UnusableJwk(missing))?.expose_secret())
}

fn public(text: Option<&str>) -> Result<Bytes, KeyProblem> {
    decode(text.ok_or(KeyProblem::UnusableJwk("its public part is incomplete"))?)
}

type Bytes = Zeroizing<Vec<u8>>;

fn decode(text: &str) -> Result<Bytes, KeyProblem> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map(Zeroizing::new)
        .map_err(|_| KeyProblem::UnusableJwk("a member is not unpadded base64url"))
}

fn coordinate(bytes: Bytes) -> Result<Bytes, KeyProblem> {
    if bytes.len() == COORDINATE_BYTES {
        Ok(bytes)
    } else {
        Err(KeyProblem::UnusableJwk("a member does not have 32 bytes"))
    }
}
