//! A server whose signing key the attacker has, to sign what the server never would: whatever is
//! refused then is refused for what it says, not for its signature.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tempfile::TempDir;
use test_support::{Client, Person, ServerThread, Tokens};

const UNAUTHORIZED: &str = r#"{"status":"error","message":"Unauthorized"}"#;

/// A private key that is not the server's alone.
pub enum SigningKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    pub fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    /// The key file, PKCS#8.
    fn pem(&self) -> String {
        let der = match self {
            Self::Ed25519(pair) => pair.to_pkcs8v1().unwrap(),
            Self::P256(pair) => pair.to_pkcs8v1().unwrap(),
        };
        pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()))
    }

    /// The public half as it is published: the bare bytes, and a `SubjectPublicKeyInfo`.
    pub fn public(&self) -> [Vec<u8>; 2] {
        let info = |der: PublicKeyX509Der<'_>| der.as_ref().to_vec();
        match self {
            Self::Ed25519(pair) => {
                [pair.public_key().as_ref().to_vec(), info(pair.public_key().as_der().unwrap())]
            }
            Self::P256(pair) => {
                [pair.public_key().as_ref().to_vec(), info(pair.public_key().as_der().unwrap())]
            }
        }
    }

    /// A token of any header and payload, correctly signed.
    pub fn token(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
            }
        };
        format!("{message}.{}", encode(signature))
    }
}

/// The server, somebody with a session, and what their access token says.
pub struct Mint {
    pub server: ServerThread,
    pub client: Client,
    pub person: Person,
    pub tokens: Tokens,
    pub key: SigningKey,
    /// Where the key file is.
    pub folder: TempDir,
    pub header: Value,
    pub payload: Value,
}

impl Mint {
    pub async fn start() -> Self {
        Self::with_key(SigningKey::ed25519()).await
    }

    pub async fn with_key(key: SigningKey) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, key.pem()).unwrap();
        let server = ServerThread::start_with(&[
            ("BIOENTRUST_TOKENS__KEY_FILES", path.to_str().unwrap()),
            ("BIOENTRUST_TOKENS__ALGORITHM", key.algorithm()),
        ]);
        let client = server.client();
        let (person, tokens) = Person::registered(&client, "john@example.com").await;
        let [header, payload] = parts(&tokens.access);
        let mint = Self { server, client, person, tokens, key, folder, header, payload };
        let again = mint.sign(&mint.header, &mint.payload);
        assert_eq!(mint.status(&again).await, 200, "the attacker signs as the server does");
        mint
    }

    pub fn sign(&self, header: &Value, payload: &Value) -> String {
        self.key.token(&header.to_string(), &payload.to_string())
    }

    /// What the token opens.
    pub async fn status(&self, access: &str) -> u16 {
        self.client.with_bearer("GET", "/user/protected", access).await.status
    }

    /// The one answer to every bad token (S-72).
    pub async fn refuses(&self, token: &str, why: &str) {
        let answer = self.client.with_bearer("GET", "/user/protected", token).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, UNAUTHORIZED), "{why}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#), "{why}");
    }

    /// Refuses the true payload under a header that differs in one member.
    pub async fn refuses_header(&self, name: &str, value: Value) {
        let mut header = self.header.clone();
        let why = format!("{name}: {value}");
        header[name] = value;
        self.refuses(&self.sign(&header, &self.payload), &why).await;
    }

    /// Refuses the true header over a payload that differs in one claim.
    pub async fn refuses_claim(&self, name: &str, value: Value) {
        let mut payload = self.payload.clone();
        let why = format!("{name}: {value}");
        payload[name] = value;
        self.refuses(&self.sign(&self.header, &payload), &why).await;
    }
}

/// Header and payload.
pub fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(decode);
    std::array::from_fn(|_| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
