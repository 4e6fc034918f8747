//! A remembered token is checked like a new one, but for its signature.

use super::super::{AccessClaims, RefreshClaims};
use super::*;

fn known_token() -> (TokenService, String) {
    let service = service(Algorithm::EdDsa);
    let token = service.issuer().access(&session(), NOW).unwrap();
    assert_eq!(refusal::<AccessClaims>(&service, &token, NOW), None);
    assert_eq!(service.verifier().remembered(), 1);
    (service, token)
}

#[test]
fn a_second_look_gives_the_same_claims_without_a_copy() {
    let (service, token) = known_token();
    let verify = || service.verifier().verify::<AccessClaims>(&token, NOW).unwrap();
    assert!(Arc::ptr_eq(&verify(), &verify()));
}

#[test]
fn a_remembered_token_expires() {
    let (service, token) = known_token();
    let last = NOW.after(Duration::from_millis(899_999));
    assert_eq!(refusal::<AccessClaims>(&service, &token, last), None);
    let end = NOW.after(secs(900));
    assert_eq!(refusal::<AccessClaims>(&service, &token, end), Some(Refusal::Expired));
    assert_eq!(service.verifier().remembered(), 0, "an expired token is forgotten");
    assert_eq!(refusal::<AccessClaims>(&service, &token, end), Some(Refusal::Expired));
}

#[test]
fn a_remembered_token_is_not_valid_early() {
    let (service, token) = known_token();
    let early = NOW.before(secs(6));
    assert_eq!(refusal::<AccessClaims>(&service, &token, early), Some(Refusal::NotYetValid));
    assert_eq!(refusal::<AccessClaims>(&service, &token, NOW), None);
}

#[test]
fn a_remembered_token_dies_with_its_key() {
    let (service, token) = known_token();
    service.replace_keys(
        KeyRing::new(vec![generated(Algorithm::EdDsa)]).unwrap_or_else(|e| panic!("{e}")),
    );
    for _ in 0..2 {
        assert_eq!(refusal::<AccessClaims>(&service, &token, NOW), Some(Refusal::UnknownKey));
    }
    let new = service.issuer().access(&session(), NOW).unwrap();
    assert_eq!(refusal::<AccessClaims>(&service, &new, NOW), None, "S-26: the new key is in use");
}

#[test]
fn a_remembered_token_is_of_its_own_kind_only() {
    let (service, token) = known_token();
    for _ in 0..2 {
        assert_eq!(refusal::<RefreshClaims>(&service, &token, NOW), Some(Refusal::WrongKind));
    }
    assert_eq!(service.verifier().remembered(), 1, "a refused token is not remembered");
}

#[test]
fn a_known_message_with_another_signature_is_verified_anew() {
    let (service, token) = known_token();
    let (message, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{message}.{}", encode([0; 64]));
    assert_eq!(refusal::<AccessClaims>(&service, &forged, NOW), Some(Refusal::WrongSignature));
}

#[test]
fn the_memory_is_bounded_and_may_be_none() {
    for (cached_tokens, most) in [(0, 0), (64, 128)] {
        let rules = TokenRules { cached_tokens, ..rules() };
        let service = service_of(rules, vec![generated(Algorithm::Hs256)]);
        for _ in 0..1000 {
            let token = service.issuer().access(&session(), NOW).unwrap();
            assert_eq!(refusal::<AccessClaims>(&service, &token, NOW), None);
        }
        let remembered = service.verifier().remembered();
        assert!(remembered <= most, "{remembered} of {cached_tokens}");
    }
}
