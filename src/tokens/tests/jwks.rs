//! The published set: public halves of asymmetric keys, and nothing else.

use super::key_files::{OCT, RFC_7515_A3, RFC_8037_A1, load};
use super::*;

#[test]
fn the_set_holds_the_public_halves_in_the_order_of_the_ring() {
    let service = service_of(rules(), vec![load(RFC_8037_A1), load(RFC_7515_A3)]);
    assert_eq!(
        serde_json::to_value(service.jwk_set()).unwrap(),
        json!({ "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                // RFC 8037, appendix A.3.
                "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
                "alg": "EdDSA",
                "use": "sig",
            },
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
                "alg": "ES256",
                "use": "sig",
            },
        ]}),
    );
}

#[test]
fn an_hmac_key_is_never_published() {
    let alone = service_of(rules(), vec![load(OCT)]);
    assert_eq!(serde_json::to_string(&alone.jwk_set()).unwrap(), r#"{"keys":[]}"#);

    let mixed = service_of(rules(), vec![load(OCT), load(RFC_8037_A1)]);
    let text = serde_json::to_string(&mixed.jwk_set()).unwrap();
    assert!(!text.contains("oct") && !text.contains("\"k\"") && !text.contains("\"d\""), "{text}");
    let secret = serde_json::from_str::<Value>(OCT).unwrap()["k"].to_string();
    assert!(!text.contains(secret.trim_matches('"')));
}

#[test]
fn the_set_verifies_what_the_service_signs() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let service = service(algorithm);
        let token = service.issuer().access(&session(), NOW).unwrap();
        let set = serde_json::to_value(service.jwk_set()).unwrap();
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(set["keys"][0].clone()).unwrap();
        assert_eq!(jwk.common.key_id.as_deref(), part(&token, 0)["kid"].as_str());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
        let alg = jsonwebtoken::decode_header(&token).unwrap().alg;
        assert!(jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, alg).unwrap());
    }
}

#[test]
fn replaced_keys_are_published_at_once() {
    let service = service(Algorithm::EdDsa);
    let before = service.jwk_set();
    service.replace_keys(KeyRing::new(vec![load(RFC_8037_A1)]).unwrap_or_else(|e| panic!("{e}")));
    assert_ne!(service.jwk_set(), before);
}
