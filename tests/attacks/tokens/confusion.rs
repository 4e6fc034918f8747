//! S-22: what is public is no secret: the algorithm belongs to the key, not to the token.

use aws_lc_rs::hmac;
use serde_json::json;

use crate::mint::{Mint, SigningKey, encode};

#[tokio::test]
async fn s_22_what_is_published_of_a_key_is_no_hmac_secret() {
    for key in [SigningKey::ed25519(), SigningKey::p256()] {
        let mint = Mint::with_key(key).await;
        for secret in published(&mint).await {
            for (alg, hash) in [
                ("HS256", hmac::HMAC_SHA256),
                ("HS384", hmac::HMAC_SHA384),
                ("HS512", hmac::HMAC_SHA512),
                (mint.key.algorithm(), hmac::HMAC_SHA256),
            ] {
                let mut header = mint.header.clone();
                header["alg"] = json!(alg);
                let message =
                    format!("{}.{}", encode(header.to_string()), encode(mint.payload.to_string()));
                let tag = hmac::sign(&hmac::Key::new(hash, &secret), message.as_bytes());
                let why = format!("{alg} with {:?}", String::from_utf8_lossy(&secret));
                mint.refuses(&format!("{message}.{}", encode(tag.as_ref())), &why).await;
            }
        }
    }
}

/// Everything that an HMAC secret was ever mistaken for.
async fn published(mint: &Mint) -> Vec<Vec<u8>> {
    let [bare, info] = mint.key.public();
    let pem = pem::encode(&pem::Pem::new("PUBLIC KEY", info.clone()));
    let unix = pem.replace("\r\n", "\n");
    let jwks = mint.client.get("/.well-known/jwks.json").await;
    let jwk = jwks.json()["keys"][0].clone();
    let x = jwk["x"].as_str().unwrap().to_owned();
    let kid = jwk["kid"].as_str().unwrap().to_owned();
    [pem.trim_end(), &pem, unix.trim_end(), &unix, &jwks.body, &jwk.to_string(), &x, &kid, ""]
        .map(|text| text.as_bytes().to_vec())
        .into_iter()
        .chain([bare, info])
        .collect()
}

#[tokio::test]
async fn s_22_a_key_is_used_with_its_own_algorithm_only() {
    for key in [SigningKey::ed25519(), SigningKey::p256()] {
        let own = key.algorithm();
        let mint = Mint::with_key(key).await;
        for alg in [
            "HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "ES256K",
            "EdDSA", "Ed25519", "Ed448", "eddsa", "es256", "dir", "A256KW",
        ] {
            if alg != own {
                mint.refuses_header("alg", json!(alg)).await;
            }
        }
    }
}

/// ECDSA's own: r = s = 0 verified in CVE-2022-21449, and (r, -s) is a second signature.
#[tokio::test]
async fn s_22_signatures_of_zeros_verify_nothing() {
    for key in [SigningKey::ed25519(), SigningKey::p256()] {
        let mint = Mint::with_key(key).await;
        let token = mint.sign(&mint.header, &mint.payload);
        let (message, _) = token.rsplit_once('.').unwrap();
        for signature in [[0; 64], [0xff; 64]] {
            mint.refuses(&format!("{message}.{}", encode(signature)), "a constant").await;
        }
        for length in [0, 1, 63, 65, 70, 72, 128] {
            mint.refuses(&format!("{message}.{}", encode(vec![0; length])), "a length").await;
        }
    }
}
