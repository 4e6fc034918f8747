//! S-24, S-28, S-34: three kinds that never stand in for each other.

use super::super::{AccessClaims, RefreshClaims, ResetClaims};
use super::*;

#[test]
fn every_kind_survives_every_algorithm() {
    for algorithm in ALGORITHMS {
        let service = service(algorithm);
        let (issuer, verifier) = (service.issuer(), service.verifier());
        let session = session();

        let token = issuer.access(&session, NOW).unwrap();
        let access = verifier.verify::<AccessClaims>(&token, NOW).unwrap();
        assert_eq!(access.session.id, session.id);
        assert_eq!(access.session.user_id, session.user_id);
        assert_eq!(access.session.epoch, 7, "S-34: the account's epoch travels with the token");
        assert_eq!(access.authenticated_at, session.authenticated_at);
        assert_eq!(access.validity.expires_at, NOW.after(secs(900)));
        assert_eq!(part(&token, 0)["alg"], algorithm.name());

        let token = issuer.refresh(&session).unwrap();
        let refresh = verifier.verify::<RefreshClaims>(&token, NOW).unwrap();
        assert_eq!((refresh.session, refresh.generation), (access.session, 4));
        assert_eq!(refresh.validity.expires_at, session.expires_at);

        let token = issuer.reset(user_id(), link_id(), 5, NOW).unwrap();
        let reset = verifier.verify::<ResetClaims>(&token, NOW).unwrap();
        assert_eq!(
            (reset.user_id, reset.link_id, reset.password_version),
            (user_id(), link_id(), 5)
        );
        assert_eq!(reset.validity.expires_at, NOW.after(secs(900)));
    }
}

#[test]
fn a_token_of_one_kind_is_refused_as_any_other() {
    let service = service(Algorithm::EdDsa);
    let access = service.issuer().access(&session(), NOW).unwrap();
    let refresh = service.issuer().refresh(&session()).unwrap();
    let reset = service.issuer().reset(user_id(), link_id(), 5, NOW).unwrap();
    // Twice: the second round meets a cache that knows them all.
    for _ in 0..2 {
        for (token, row) in [(&access, 0), (&refresh, 1), (&reset, 2)] {
            let answers = [
                refusal::<AccessClaims>(&service, token, NOW),
                refusal::<RefreshClaims>(&service, token, NOW),
                refusal::<ResetClaims>(&service, token, NOW),
            ];
            for (column, answer) in answers.into_iter().enumerate() {
                let expected = (column != row).then_some(Refusal::WrongKind);
                assert_eq!(answer, expected, "kind {row} shown as kind {column}");
            }
        }
    }
}

#[test]
fn the_type_the_audience_and_the_claims_each_suffice_to_refuse() {
    let forger = Forger::new();
    let refresh = part(&forger.service.issuer().refresh(&session()).unwrap(), 1);

    let typ_only = forger.access(&refresh.to_string());
    assert_eq!(forger.refusal::<AccessClaims>(&typ_only), Some(Refusal::WrongAudience));

    let mut with_audience = refresh;
    with_audience["aud"] = AUDIENCE.into();
    let typ_and_audience = forger.access(&with_audience.to_string());
    assert_eq!(forger.refusal::<AccessClaims>(&typ_and_audience), Some(Refusal::MalformedPayload));
}

#[test]
fn a_type_is_compared_exactly() {
    let forger = Forger::new();
    for typ in ["JWT", "AT+JWT", "application/at+jwt", "at+jwt ", "mfa+jwt", ""] {
        let token = forger.sign(&forger.header(typ).to_string(), &access_payload().to_string());
        assert_eq!(forger.refusal::<AccessClaims>(&token), Some(Refusal::WrongKind), "{typ:?}");
    }
}

#[test]
fn a_token_claims_these_names_and_nothing_about_the_person() {
    let service = service(Algorithm::EdDsa);
    let names = |token: String| -> String {
        let payload = part(&token, 1);
        let mut names: Vec<_> = payload.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    let issuer = service.issuer();
    assert_eq!(
        names(issuer.access(&session(), NOW).unwrap()),
        "aud auth_time epoch exp iat iss jti nbf sid sub",
    );
    assert_eq!(
        names(issuer.refresh(&session()).unwrap()),
        "aud auth_time epoch exp gen iat iss jti nbf sid sub",
    );
    assert_eq!(
        names(issuer.reset(user_id(), link_id(), 5, NOW).unwrap()),
        "aud exp iat iss jti nbf pwv sub",
    );
}

#[test]
fn identifiers_are_22_characters_of_text() {
    let service = service(Algorithm::EdDsa);
    let payload = part(&service.issuer().access(&session(), NOW).unwrap(), 1);
    assert_eq!(payload["sub"], user_id().to_string());
    assert_eq!(payload["sid"], session().id.to_string());
    for name in ["sub", "sid", "jti"] {
        assert_eq!(payload[name].as_str().unwrap().len(), 22, "{name}");
    }
    let reset = part(&service.issuer().reset(user_id(), link_id(), 5, NOW).unwrap(), 1);
    assert_eq!(reset["jti"], link_id().to_string());
}
