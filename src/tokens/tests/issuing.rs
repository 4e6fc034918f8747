//! S-27, S-28, S-31: what is issued, for how long, and what repeats.

use super::super::{AccessClaims, InvalidTokenRules, RefreshClaims, TokenId};
use super::*;

fn access(service: &TokenService, session: &Session) -> AccessClaims {
    let token = service.issuer().access(session, NOW).unwrap();
    **service.verifier().verify::<AccessClaims>(&token, NOW).unwrap()
}

#[test]
fn every_access_token_has_an_id_of_its_own() {
    let service = service(Algorithm::EdDsa);
    let ids: std::collections::HashSet<TokenId> =
        (0..100).map(|_| access(&service, &session()).token_id).collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn an_access_token_never_outlives_its_session() {
    let service = service(Algorithm::EdDsa);
    let end = NOW.after(secs(60));
    let ending = Session { expires_at: end, ..session() };
    assert_eq!(access(&service, &ending).validity.expires_at, end);
    // In the middle of a second: rounded towards safety.
    let ending = Session { expires_at: end.after(Duration::from_millis(999)), ..session() };
    assert_eq!(access(&service, &ending).validity.expires_at, end);
}

#[test]
fn a_repeated_refresh_gets_the_same_successor() {
    for algorithm in ALGORITHMS {
        let service = service(algorithm);
        let [one, two] = [(); 2].map(|()| service.issuer().refresh(&session()).unwrap());
        assert_eq!(part(&one, 1), part(&two, 1));
        // ECDSA draws a number for each signature; the claims are the same.
        assert_eq!(one == two, algorithm != Algorithm::Es256);
    }
}

#[test]
fn another_session_or_generation_has_another_refresh_token() {
    let service = service(Algorithm::EdDsa);
    let id = |session: &Session| {
        let token = service.issuer().refresh(session).unwrap();
        service.verifier().verify::<RefreshClaims>(&token, NOW).unwrap().token_id
    };
    let first = id(&session());
    assert_ne!(first, id(&Session { generation: 5, ..session() }));
    assert_ne!(first, id(&Session { id: SessionId::from_bytes([8; 16]), ..session() }));
    assert_eq!(first.as_bytes(), TokenId::of_refresh(&session().id, 4).as_bytes());
}

#[test]
fn a_refresh_token_begins_with_the_refresh_and_ends_with_the_session() {
    let service = service(Algorithm::EdDsa);
    let payload = part(&service.issuer().refresh(&session()).unwrap(), 1);
    assert_eq!(payload["iat"], session().refreshed_at.as_secs());
    assert_eq!(payload["nbf"], session().refreshed_at.as_secs());
    assert_eq!(payload["exp"], session().expires_at.as_secs());
    assert_eq!(payload["auth_time"], session().authenticated_at.as_secs());
}

#[test]
fn what_the_default_rules_issue_is_believed_to_its_last_second() {
    let service = service(Algorithm::EdDsa);
    let longest = Session {
        authenticated_at: NOW,
        refreshed_at: NOW,
        expires_at: NOW.after(rules().refresh_ttl),
        ..session()
    };
    let token = service.issuer().refresh(&longest).unwrap();
    let last = longest.expires_at.before(secs(1));
    assert_eq!(refusal::<RefreshClaims>(&service, &token, last), None);
    assert_eq!(
        refusal::<RefreshClaims>(&service, &token, longest.expires_at),
        Some(Refusal::Expired),
    );
}

#[test]
fn the_default_lifetimes_are_those_of_the_requirements() {
    let rules = rules();
    assert_eq!(rules.access_ttl, secs(15 * 60));
    assert_eq!(rules.refresh_ttl, secs(30 * 86_400));
    assert_eq!(rules.reset_ttl, secs(15 * 60));
    assert_eq!(rules.leeway, secs(5));
}

#[test]
fn rules_outside_their_limits_make_no_service() {
    let day = 86_400;
    for (rules, message) in [
        (TokenRules { issuer: String::new(), ..rules() }, "`issuer` must not be empty"),
        (TokenRules { audience: String::new(), ..rules() }, "`audience` must not be empty"),
        (
            TokenRules { access_ttl: secs(day + 1), ..rules() },
            "`access_ttl` must be from 1 s to 86400 s",
        ),
        (
            TokenRules { access_ttl: Duration::from_millis(999), ..rules() },
            "`access_ttl` must be from 1 s to 86400 s",
        ),
        (
            TokenRules { refresh_ttl: secs(30 * day + 1), ..rules() },
            "`refresh_ttl` must be from 1 s to 2592000 s",
        ),
        (
            TokenRules { reset_ttl: secs(day + 1), ..rules() },
            "`reset_ttl` must be from 1 s to 86400 s",
        ),
        (TokenRules { leeway: secs(31), ..rules() }, "`leeway` must be at most 30 s"),
    ] {
        let ring =
            KeyRing::new(vec![generated(Algorithm::EdDsa)]).unwrap_or_else(|e| panic!("{e}"));
        let error: InvalidTokenRules =
            TokenService::new(rules, ring, Arc::new(SeededRandom::new(1))).err().unwrap();
        assert_eq!(error.to_string(), message);
    }
    let edge = TokenRules {
        access_ttl: secs(day),
        refresh_ttl: secs(30 * day),
        reset_ttl: secs(1),
        leeway: secs(30),
        ..rules()
    };
    service_of(edge, vec![generated(Algorithm::EdDsa)]);
}
