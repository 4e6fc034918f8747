//! No text makes the verifier panic or believe. The input is taken as a token, and as the header and
//! the payload (one line each) of a token that is signed with the right key.
#![no_main]

use std::sync::{Arc, LazyLock};

use actors::domain::Timestamp;
use actors::runtime::SeededRandom;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bioentrust_auth::tokens::keys::{Algorithm, KeyRing};
use bioentrust_auth::tokens::{AccessClaims, Claims, RefreshClaims, ResetClaims};
use bioentrust_auth::tokens::{TokenRules, TokenService};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "bioentrust";
const SECRET: [u8; 32] = *b"q\x01Zn\xfe.\x9bDx5\xc8\xf3\x10k\xa7&W\xee\x84\x1d:\xb9\x02o\xd6MS\x8c\xf1\x17t\xe0";

static SERVICE: LazyLock<TokenService> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key.jwk");
    let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET)});
    std::fs::write(&file, jwk.to_string()).expect("a file");
    let ring = KeyRing::load(&[&file], Algorithm::Hs256).unwrap_or_else(|error| panic!("{error}"));
    // Nothing is remembered: each input is examined.
    let rules = TokenRules { cached_tokens: 0, ..TokenRules::new(ISSUER, AUDIENCE) };
    TokenService::new(rules, ring, Arc::new(SeededRandom::new(1))).expect("good rules")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        for believed in [is_believed::<AccessClaims>(text), is_believed::<RefreshClaims>(text), is_believed::<ResetClaims>(text)] {
            assert!(!believed, "nobody signed this");
        }
    }
    let line_end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (header, payload) = input.split_at(line_end);
    let payload = payload.strip_prefix(b"\n").unwrap_or(payload);
    let kid = SERVICE_KEY_ID.as_str();
    // The id cannot be guessed, and what is behind it should be tried.
    let header = String::from_utf8_lossy(header).replace("KID", kid);
    let token = signed(header.as_bytes(), payload);
    must_be_right::<AccessClaims>(&token, payload);
    must_be_right::<RefreshClaims>(&token, payload);
    must_be_right::<ResetClaims>(&token, payload);
});

static SERVICE_KEY_ID: LazyLock<String> = LazyLock::new(|| {
    let link = actors::domain::LinkId::from_bytes([1; 16]);
    let user = actors::domain::UserId::from_bytes([2; 16]);
    let token = SERVICE.issuer().reset(user, link, 1, Timestamp::from_secs(NOW)).expect("a token");
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key id").to_owned()
});

fn signed(header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(&SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256);
    format!("{message}.{}", signature.expect("a signature"))
}

fn is_believed<C: Claims>(token: &str) -> bool {
    SERVICE.verifier().verify::<C>(token, Timestamp::from_secs(NOW)).is_ok()
}

/// What is believed has claims that another reader finds right too.
fn must_be_right<C: Claims>(token: &str, payload: &[u8]) {
    if !is_believed::<C>(token) {
        return;
    }
    let claims: Value = serde_json::from_slice(payload).expect("what is believed is JSON");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], format!("{AUDIENCE}{}", C::AUDIENCE_SUFFIX));
    let seconds = |name: &str| claims[name].as_u64().expect("seconds");
    assert!(seconds("exp") > NOW && seconds("nbf") <= NOW + 5 && seconds("iat") <= NOW + 5);
    assert!(seconds("exp") - seconds("iat") <= C::LONGEST.as_secs());
    for id in ["sub", "jti"] {
        assert_eq!(claims[id].as_str().map(str::len), Some(22), "128 bits");
    }
}
