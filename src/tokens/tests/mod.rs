//! The token rules, attacked by theme.

mod cached;
mod claims;
mod development_key;
mod headers;
mod issuing;
mod jwks;
mod key_files;
mod kinds;
mod tampering;

use std::sync::Arc;
use std::time::Duration;

use actors::domain::{Client, LinkId, SessionId, Timestamp, UserAgent, UserId};
use actors::revocation_registry::Session;
use actors::runtime::SeededRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::keys::{Algorithm, Key, KeyRing, generated};
use super::{Claims, Refusal, TokenRules, TokenService};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256];
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "bioentrust";

fn user_id() -> UserId {
    UserId::from_bytes([1; 16])
}

fn link_id() -> LinkId {
    LinkId::from_bytes([3; 16])
}

fn session() -> Session {
    Session {
        id: SessionId::from_bytes([2; 16]),
        user_id: user_id(),
        epoch: 7,
        authenticated_at: NOW.before(secs(100)),
        refreshed_at: NOW.before(secs(10)),
        expires_at: NOW.after(secs(86_400)),
        generation: 4,
        client: Client { ip: [192, 0, 2, 1].into(), user_agent: UserAgent::default() },
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn rules() -> TokenRules {
    TokenRules::new(ISSUER, AUDIENCE)
}

fn service(algorithm: Algorithm) -> TokenService {
    service_of(rules(), vec![generated(algorithm)])
}

fn service_of(rules: TokenRules, keys: Vec<Key>) -> TokenService {
    let ring = KeyRing::new(keys).unwrap_or_else(|e| panic!("{e}"));
    TokenService::new(rules, ring, Arc::new(SeededRandom::new(1))).unwrap_or_else(|e| panic!("{e}"))
}

/// A service and a second handle of its signing key, to sign what the service never would.
struct Forger {
    service: TokenService,
    key: Key,
}

impl Forger {
    fn new() -> Self {
        Self::with(rules())
    }

    fn with(rules: TokenRules) -> Self {
        let (key, same) = twice(Algorithm::EdDsa);
        Self { service: service_of(rules, vec![same]), key }
    }

    fn header(&self, typ: &str) -> Value {
        json!({ "alg": self.key.algorithm().name(), "typ": typ, "kid": self.key.id().as_str() })
    }

    /// A correctly signed token of any header and payload text.
    fn sign(&self, header: &str, payload: &str) -> String {
        signed(&self.key, header, payload)
    }

    /// A correctly signed access token of any payload text.
    fn access(&self, payload: &str) -> String {
        self.sign(&self.header("at+jwt").to_string(), payload)
    }

    fn refusal<C: Claims>(&self, token: &str) -> Option<Refusal> {
        refusal::<C>(&self.service, token, NOW)
    }
}

/// Two handles of one new key.
fn twice(algorithm: Algorithm) -> (Key, Key) {
    let folder = tempfile::tempdir().unwrap();
    let load = || {
        let ring = KeyRing::load_or_generate(folder.path(), algorithm);
        ring.unwrap_or_else(|e| panic!("{e}")).into_signer()
    };
    (load(), load())
}

fn signed(key: &Key, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = key.sign(&message).unwrap();
    format!("{message}.{signature}")
}

fn encode(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Part 0 is the header, part 1 the payload.
fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

fn refusal<C: Claims>(service: &TokenService, token: &str, now: Timestamp) -> Option<Refusal> {
    service.verifier().verify::<C>(token, now).err().map(super::TokenError::reason)
}

/// The payload of a good access token at `NOW`.
fn access_payload() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE,
        "sub": user_id().to_string(), "jti": encode([9; 16]), "sid": session().id.to_string(),
        "iat": NOW.as_secs(), "nbf": NOW.as_secs(), "exp": NOW.as_secs() + 900,
        "auth_time": NOW.as_secs(), "epoch": 7,
    })
}
