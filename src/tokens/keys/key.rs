//! One key: its id, its only algorithm, and both halves.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Algorithm, KeyProblem, WeakSecret, hmac_secret};

/// Keeps the id of an HMAC key from being the digest of its secret under any other use.
const HMAC_ID_LABEL: &[u8] = b"bioentrust-auth hs256 kid v1\0";

/// The `kid` of a token header: base64url of a SHA-256 digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(Arc<str>);

impl KeyId {
    fn of_digest(digest: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest).into())
    }

    /// The RFC 7638 thumbprint; `members` are the required members in their canonical form.
    fn thumbprint(members: &str) -> Self {
        Self::of_digest(&Sha256::digest(members))
    }

    /// The text of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What others need to verify our tokens (RFC 7517, RFC 8037). Never made for an HMAC key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    kid: String,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
}

/// Keeps what is derived from a private key apart from every other use of it.
const DERIVATION_LABEL: &[u8] = b"bioentrust-auth derived secrets v1";

/// A signing key, pinned to one algorithm. It has no `Debug`.
pub struct Key {
    id: KeyId,
    algorithm: Algorithm,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Option<PublicJwk>,
    /// What other secrets are derived from.
    seed: Zeroizing<[u8; 32]>,
}

impl Key {
    pub(super) fn ed25519(pair: &Ed25519KeyPair) -> Result<Self, KeyProblem> {
        let private = pair.to_pkcs8v1().map_err(|_| KeyProblem::Crypto)?;
        let public = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(public);
        let id = KeyId::thumbprint(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Ok(Self {
            algorithm: Algorithm::EdDsa,
            seed: hmac_sha256(private.as_ref(), DERIVATION_LABEL),
            signing: EncodingKey::from_ed_der(private.as_ref()),
            verifying: DecodingKey::from_ed_der(public),
            public: Some(PublicJwk {
                kty: "OKP",
                crv: "Ed25519",
                x,
                y: None,
                kid: id.as_str().to_owned(),
                alg: Algorithm::EdDsa.name(),
                usage: "sig",
            }),
            id,
        })
    }

    pub(super) fn p256(pair: &EcdsaKeyPair) -> Result<Self, KeyProblem> {
        let private = pair.to_pkcs8v1().map_err(|_| KeyProblem::Crypto)?;
        let point = pair.public_key().as_ref();
        // SEC 1 §2.3.3: 0x04, then both coordinates of 32 bytes.
        let (Some([4]), Some(x), Some(y)) = (point.get(..1), point.get(1..33), point.get(33..65))
        else {
            return Err(KeyProblem::Crypto);
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let id = KeyId::thumbprint(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        Ok(Self {
            algorithm: Algorithm::Es256,
            seed: hmac_sha256(private.as_ref(), DERIVATION_LABEL),
            signing: EncodingKey::from_ec_der(private.as_ref()),
            verifying: DecodingKey::from_ec_der(point),
            public: Some(PublicJwk {
                kty: "EC",
                crv: "P-256",
                x,
                y: Some(y),
                kid: id.as_str().to_owned(),
                alg: Algorithm::Es256.name(),
                usage: "sig",
            }),
            id,
        })
    }

    pub(super) fn hs256(secret: &[u8]) -> Result<Self, WeakSecret> {
        hmac_secret::check(secret)?;
        let digest = Sha256::new().chain_update(HMAC_ID_LABEL).chain_update(secret).finalize();
        // Half of the digest: enough to be unique, and it settles no guess of the secret alone.
        let (half, _) = digest.split_at(16);
        Ok(Self {
            id: KeyId::of_digest(half),
            algorithm: Algorithm::Hs256,
            seed: hmac_sha256(secret, DERIVATION_LABEL),
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            public: None,
        })
    }

    /// The `kid` of the tokens it signs.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The only algorithm it is used with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half; none for HMAC, where the key that verifies is the secret.
    #[must_use]
    pub fn public(&self) -> Option<&PublicJwk> {
        self.public.as_ref()
    }

    /// 32 bytes that only holders of this key can know, and that do not reveal it: another secret for
    /// each `purpose`.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        hmac_sha256(&*self.seed, purpose.as_bytes())
    }

    /// The signature of `message`, in base64url.
    pub(in crate::tokens) fn sign(
        &self,
        message: &str,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let algorithm = self.algorithm.in_jsonwebtoken();
        jsonwebtoken::crypto::sign(message.as_bytes(), &self.signing, algorithm)
    }

    /// Whether `signature` (canonical base64url) is this key's for `message`.
    pub(in crate::tokens) fn verifies(&self, message: &str, signature: &str) -> bool {
        let algorithm = self.algorithm.in_jsonwebtoken();
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.verifying, algorithm)
            .unwrap_or(false)
    }
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, tag) in bytes.iter_mut().zip(tag.as_ref()) {
        *byte = *tag;
    }
    bytes
}
