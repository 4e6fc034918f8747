//! S-22, S-26: a header selects one of our keys and says nothing else.

use super::super::AccessClaims;
use super::*;

#[test]
fn the_plain_header_is_accepted() {
    let forger = Forger::new();
    assert_eq!(forger.refusal::<AccessClaims>(&forger.access(&access_payload().to_string())), None);
}

#[test]
fn any_further_member_is_refused() {
    let forger = Forger::new();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
        ("anything", json!(null)),
    ] {
        let mut header = forger.header("at+jwt");
        header[name] = value;
        let token = forger.sign(&header.to_string(), &access_payload().to_string());
        assert_eq!(
            forger.refusal::<AccessClaims>(&token),
            Some(Refusal::MalformedHeader),
            "{name}",
        );
    }
}

#[test]
fn missing_mistyped_and_repeated_members_are_refused() {
    let forger = Forger::new();
    let kid = forger.key.id().as_str();
    let object = |members: &str| format!("{{{members}}}");
    for header in [
        object(r#""typ":"at+jwt","alg":"EdDSA""#),
        object(&format!(r#""typ":"at+jwt","kid":"{kid}""#)),
        object(&format!(r#""alg":"EdDSA","kid":"{kid}""#)),
        object(&format!(r#""typ":["at+jwt"],"alg":"EdDSA","kid":"{kid}""#)),
        object(&format!(r#""typ":"at+jwt","alg":null,"kid":"{kid}""#)),
        object(r#""typ":"at+jwt","alg":"EdDSA","kid":1"#),
        object(&format!(r#""typ":"at+jwt","alg":"none","alg":"EdDSA","kid":"{kid}""#)),
        object(&format!(r#""typ":"at+jwt","alg":"EdDSA","kid":"x","kid":"{kid}""#)),
        format!(r#"["EdDSA","at+jwt","{kid}"]"#),
        format!("{}{{}}", forger.header("at+jwt")),
        String::new(),
        "null".to_owned(),
        "{".repeat(1000),
    ] {
        let token = forger.sign(&header, &access_payload().to_string());
        let refusal = forger.refusal::<AccessClaims>(&token);
        assert_eq!(refusal, Some(Refusal::MalformedHeader), "{header}");
    }
}

#[test]
fn the_algorithm_must_be_that_of_the_key() {
    let forger = Forger::new();
    for alg in ["none", "None", "NONE", "", "HS256", "ES256", "RS256", "eddsa", "Ed25519"] {
        let mut header = forger.header("at+jwt");
        header["alg"] = alg.into();
        let token = forger.sign(&header.to_string(), &access_payload().to_string());
        assert_eq!(forger.refusal::<AccessClaims>(&token), Some(Refusal::WrongAlgorithm), "{alg}");

        let (message, _) = token.rsplit_once('.').unwrap();
        let unsigned = format!("{message}.");
        let refusal = forger.refusal::<AccessClaims>(&unsigned);
        assert_eq!(refusal, Some(Refusal::WrongAlgorithm), "{alg}, unsigned");
    }
}

#[test]
fn an_unsigned_token_is_refused_under_the_right_algorithm_too() {
    let forger = Forger::new();
    let token = forger.access(&access_payload().to_string());
    let (message, _) = token.rsplit_once('.').unwrap();
    let unsigned = format!("{message}.");
    assert_eq!(forger.refusal::<AccessClaims>(&unsigned), Some(Refusal::WrongSignature));
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let forger = Forger::new();
    let jwks = serde_json::to_value(forger.service.jwk_set()).unwrap();
    let x = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().unwrap()).unwrap();
    for alg in ["HS256", "EdDSA"] {
        let mut header = forger.header("at+jwt");
        header["alg"] = alg.into();
        let message =
            format!("{}.{}", encode(header.to_string()), encode(access_payload().to_string()));
        let secret = jsonwebtoken::EncodingKey::from_secret(&x);
        let hs256 = jsonwebtoken::Algorithm::HS256;
        let mac = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, hs256).unwrap();
        let token = format!("{message}.{mac}");
        assert!(forger.refusal::<AccessClaims>(&token).is_some(), "{alg}");
    }
}

#[test]
fn a_key_id_selects_a_key_of_the_ring_or_nothing() {
    let forger = Forger::new();
    let kid = forger.key.id().as_str();
    let shorter = kid.get(..kid.len() - 1).unwrap();
    for other in [
        "",
        "unknown",
        shorter,
        &format!("{kid}="),
        &format!(" {kid}"),
        &kid.to_lowercase(),
        "../../../../dev/null",
        "/etc/passwd",
        "file:///dev/null",
        "https://attacker.example/key",
        "' OR 1=1 --",
        "$(id)",
        &"A".repeat(2000),
    ] {
        let mut header = forger.header("at+jwt");
        header["kid"] = other.into();
        let token = forger.sign(&header.to_string(), &access_payload().to_string());
        assert_eq!(forger.refusal::<AccessClaims>(&token), Some(Refusal::UnknownKey), "{other}");
    }
}

#[test]
fn keys_overlap_so_that_a_rotation_signs_nobody_out() {
    let (old, same_old) = twice(Algorithm::EdDsa);
    let before = service_of(rules(), vec![old]);
    let token = before.issuer().access(&session(), NOW).unwrap();

    let after = service_of(rules(), vec![generated(Algorithm::Es256), same_old]);
    assert_eq!(refusal::<AccessClaims>(&after, &token, NOW), None);
    let new = after.issuer().access(&session(), NOW).unwrap();
    assert_eq!(part(&new, 0)["alg"], "ES256", "the first key signs");
    assert_eq!(refusal::<AccessClaims>(&before, &new, NOW), Some(Refusal::UnknownKey));
}

#[test]
fn the_signature_must_be_of_the_key_that_the_header_names() {
    let (first, same_first) = twice(Algorithm::EdDsa);
    let (second, same_second) = twice(Algorithm::EdDsa);
    let service = service_of(rules(), vec![first, second]);
    let header =
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": same_first.id().as_str() }).to_string();
    let token = signed(&same_second, &header, &access_payload().to_string());
    assert_eq!(refusal::<AccessClaims>(&service, &token, NOW), Some(Refusal::WrongSignature));
}
