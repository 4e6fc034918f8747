//! S-22, S-29: one spelling of one signed text, of bounded length.

use proptest::prelude::*;

use super::super::{AccessClaims, RefreshClaims, ResetClaims};
use super::*;

#[test]
fn a_change_of_any_character_is_noticed() {
    for algorithm in ALGORITHMS {
        let service = service(algorithm);
        let token = service.issuer().access(&session(), NOW).unwrap();
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let refusal = refusal::<AccessClaims>(&service, &changed, NOW);
            assert!(refusal.is_some(), "{algorithm}: character {index}");
        }
    }
}

#[test]
fn the_last_character_has_one_spelling() {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for algorithm in ALGORITHMS {
        let service = service(algorithm);
        let token = service.issuer().access(&session(), NOW).unwrap();
        let (start, last) = token.split_at(token.len() - 1);
        for byte in ALPHABET.iter().filter(|byte| [**byte] != *last.as_bytes()) {
            let other = format!("{start}{}", char::from(*byte));
            assert!(refusal::<AccessClaims>(&service, &other, NOW).is_some(), "{algorithm}");
        }
    }
}

#[test]
fn additions_and_other_spellings_are_refused() {
    let service = service(Algorithm::EdDsa);
    let token = service.issuer().access(&session(), NOW).unwrap();
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    for other in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}.{payload}.{header}.{signature}"),
        format!("Bearer {token}"),
        token.replace('_', "/").replace('-', "+") + "+",
    ] {
        assert!(refusal::<AccessClaims>(&service, &other, NOW).is_some(), "{other:?}");
    }
}

#[test]
fn parts_of_two_good_tokens_do_not_make_a_third() {
    let service = service(Algorithm::EdDsa);
    let one = service.issuer().access(&session(), NOW).unwrap();
    let two = service.issuer().access(&session(), NOW.after(secs(1))).unwrap();
    let (message, _) = one.rsplit_once('.').unwrap();
    let (_, signature) = two.rsplit_once('.').unwrap();
    let mixed = format!("{message}.{signature}");
    assert_eq!(refusal::<AccessClaims>(&service, &mixed, NOW), Some(Refusal::WrongSignature));
}

#[test]
fn more_than_4096_bytes_are_refused_unread() {
    let forger = Forger::new();
    // The issuer's name makes the token as long as wanted.
    let verify = |length: usize| {
        let rules = TokenRules::new("i".repeat(length), AUDIENCE);
        let forger = Forger::with(rules);
        let token = forger.service.issuer().access(&session(), NOW).unwrap();
        (token.len(), forger.refusal::<AccessClaims>(&token))
    };
    let (length, refusal) = verify(2700);
    assert!((4000..=4096).contains(&length), "{length}");
    assert_eq!(refusal, None);
    let (length, refusal) = verify(2800);
    assert!(length > 4096, "{length}");
    assert_eq!(refusal, Some(Refusal::TooLong));

    assert_eq!(forger.refusal::<AccessClaims>(&"a".repeat(4096)), Some(Refusal::NotCompact));
    assert_eq!(forger.refusal::<AccessClaims>(&"a".repeat(1 << 20)), Some(Refusal::TooLong));
}

#[test]
fn a_refusal_tells_the_caller_nothing() {
    let service = service(Algorithm::EdDsa);
    let error = service.verifier().verify::<AccessClaims>("a.b.c", NOW).unwrap_err();
    assert_eq!(error.to_string(), "token refused");
    assert_eq!(error.reason(), Refusal::NotCompact);
}

fn verify_as_all(service: &TokenService, token: &str) -> bool {
    let verifier = service.verifier();
    verifier.verify::<AccessClaims>(token, NOW).is_ok()
        || verifier.verify::<RefreshClaims>(token, NOW).is_ok()
        || verifier.verify::<ResetClaims>(token, NOW).is_ok()
}

proptest! {
    #[test]
    fn no_text_makes_the_verifier_panic_or_believe(text in any::<String>()) {
        prop_assert!(!verify_as_all(&service(Algorithm::EdDsa), &text));
    }

    #[test]
    fn no_signed_text_makes_the_verifier_panic_or_believe(
        header in any::<Vec<u8>>(),
        payload in any::<Vec<u8>>(),
        good_header: bool,
    ) {
        let forger = Forger::new();
        let header = if good_header { forger.header("at+jwt").to_string().into() } else { header };
        let message = format!("{}.{}", encode(header), encode(payload));
        let token = format!("{message}.{}", forger.key.sign(&message).unwrap());
        prop_assert!(!verify_as_all(&forger.service, &token));
    }

    #[test]
    fn no_splice_of_a_good_token_is_believed(at: prop::sample::Index, cut in 0..8_usize, text in "[A-Za-z0-9_.=-]{0,8}") {
        let service = service(Algorithm::EdDsa);
        let token = service.issuer().access(&session(), NOW).unwrap();
        let start = at.index(token.len());
        let end = (start + cut).min(token.len());
        let spliced = format!("{}{text}{}", &token[..start], &token[end..]);
        prop_assert_eq!(verify_as_all(&service, &spliced), spliced == token);
    }
}
