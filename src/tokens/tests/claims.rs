//! S-22, S-23: every claim is there, has its type, and is about now.

use super::super::{AccessClaims, ResetClaims};
use super::*;

/// What the verifier says of the good payload after `change`.
fn changed(forger: &Forger, change: impl FnOnce(&mut Value)) -> Option<Refusal> {
    let mut payload = access_payload();
    change(&mut payload);
    forger.refusal::<AccessClaims>(&forger.access(&payload.to_string()))
}

#[test]
fn each_claim_is_required() {
    let forger = Forger::new();
    assert_eq!(changed(&forger, |_| ()), None);
    for name in access_payload().as_object().unwrap().keys() {
        let refusal = changed(&forger, |payload| {
            payload.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(refusal, Some(Refusal::MalformedPayload), "without {name}");
    }
}

#[test]
fn each_claim_has_one_type() {
    let forger = Forger::new();
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(1.8e9),
        json!("1800000000"),
        json!(""),
        json!([]),
        json!([AUDIENCE]),
        json!([AUDIENCE, "other"]),
        json!({}),
        json!({ "value": ISSUER }),
    ];
    for name in access_payload().as_object().unwrap().keys() {
        for value in &wrong {
            let refusal = changed(&forger, |payload| payload[name] = value.clone());
            assert!(refusal.is_some(), "{name} may be {value}");
        }
    }
}

#[test]
fn identifiers_must_be_identifiers() {
    let forger = Forger::new();
    for name in ["sub", "sid", "jti"] {
        // The last: 22 characters, but with bits that a canonical spelling has not.
        for text in ["", "x", "jo@example.com", &"A".repeat(23), &format!("{}B", "A".repeat(21))] {
            let refusal = changed(&forger, |payload| payload[name] = text.into());
            assert_eq!(refusal, Some(Refusal::MalformedPayload), "{name} = {text}");
        }
    }
}

#[test]
fn unknown_and_foreign_claims_are_refused() {
    let forger = Forger::new();
    for (name, value) in [
        ("email", json!("jo@example.com")),
        ("admin", json!(true)),
        ("gen", json!(0)),
        ("pwv", json!(1)),
        ("gen", json!(null)),
        ("pwv", json!(null)),
    ] {
        let refusal = changed(&forger, |payload| payload[name] = value);
        assert_eq!(refusal, Some(Refusal::MalformedPayload), "{name}");
    }
    let reset = |extra: Option<&str>| {
        let mut payload =
            part(&forger.service.issuer().reset(user_id(), link_id(), 5, NOW).unwrap(), 1);
        if let Some(name) = extra {
            payload[name] = access_payload()[name].clone();
        }
        let header = forger.header("pwr+jwt").to_string();
        forger.refusal::<ResetClaims>(&forger.sign(&header, &payload.to_string()))
    };
    assert_eq!(reset(None), None);
    for name in ["sid", "auth_time", "epoch"] {
        assert_eq!(reset(Some(name)), Some(Refusal::MalformedPayload), "{name}");
    }
}

#[test]
fn a_repeated_claim_is_refused_whichever_comes_first() {
    let forger = Forger::new();
    let good = access_payload();
    for (name, value) in good.as_object().unwrap() {
        let text = good.to_string();
        let members = text.trim_start_matches('{').trim_end_matches('}');
        let token = forger.access(&format!("{{{members},\"{name}\":{value}}}"));
        assert_eq!(
            forger.refusal::<AccessClaims>(&token),
            Some(Refusal::MalformedPayload),
            "{name} twice",
        );
    }
}

#[test]
fn only_an_object_is_a_payload() {
    let forger = Forger::new();
    let values: Vec<Value> =
        ["iss", "aud", "sub", "jti", "sid", "iat", "nbf", "exp", "auth_time", "epoch"]
            .map(|name| access_payload()[name].clone())
            .into();
    let object = access_payload().to_string();
    for payload in [
        Value::from(values).to_string(),
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        format!("\u{feff}{object}"),
        format!(" {object}"),
        format!("{object}{object}"),
        format!("{object}\0"),
        "[".repeat(2000),
    ] {
        let token = forger.access(&payload);
        let refusal = forger.refusal::<AccessClaims>(&token);
        assert_eq!(refusal, Some(Refusal::MalformedPayload), "{payload}");
    }
    let not_utf8 = [b"{\"iss\":\"\xff".as_slice(), object.as_bytes()].concat();
    let message = format!("{}.{}", encode(forger.header("at+jwt").to_string()), encode(not_utf8));
    let token = format!("{message}.{}", forger.key.sign(&message).unwrap());
    assert_eq!(forger.refusal::<AccessClaims>(&token), Some(Refusal::MalformedPayload));
}

#[test]
fn issuer_and_audience_are_compared_exactly() {
    let forger = Forger::new();
    for iss in
        ["", "https://auth.example.com/", "https://AUTH.example.com", "http://auth.example.com"]
    {
        let refusal = changed(&forger, |payload| payload["iss"] = iss.into());
        assert_eq!(refusal, Some(Refusal::WrongIssuer), "{iss}");
    }
    for aud in ["", "Bioentrust", "bioentrust/refresh", "bioentrust/reset", "bioentrust/", "other"]
    {
        let refusal = changed(&forger, |payload| payload["aud"] = aud.into());
        assert_eq!(refusal, Some(Refusal::WrongAudience), "{aud}");
    }
}

#[test]
fn beginnings_have_leeway_and_the_end_has_none() {
    let forger = Forger::new();
    let now = NOW.as_secs();
    for (name, value, expected) in [
        ("iat", now + 5, None),
        ("iat", now + 6, Some(Refusal::NotYetValid)),
        ("nbf", now + 5, None),
        ("nbf", now + 6, Some(Refusal::NotYetValid)),
        ("auth_time", now + 5, None),
        ("auth_time", now + 6, Some(Refusal::NotYetValid)),
        ("exp", now + 1, None),
        ("exp", now, Some(Refusal::Expired)),
        ("exp", now - 1, Some(Refusal::Expired)),
        ("exp", 0, Some(Refusal::Expired)),
        ("iat", u64::MAX, Some(Refusal::NotYetValid)),
        ("nbf", u64::MAX, Some(Refusal::NotYetValid)),
        ("auth_time", u64::MAX, Some(Refusal::NotYetValid)),
        ("exp", u64::MAX, Some(Refusal::ImplausibleLifetime)),
        // Longer than any access token may live.
        ("exp", now + 86_400, None),
        ("exp", now + 86_401, Some(Refusal::ImplausibleLifetime)),
        ("iat", 0, Some(Refusal::ImplausibleLifetime)),
    ] {
        let refusal = changed(&forger, |payload| payload[name] = value.into());
        assert_eq!(refusal, expected, "{name} = now{:+}", i128::from(value) - i128::from(now));
    }
}

#[test]
fn a_token_that_ends_before_it_begins_is_refused() {
    let forger = Forger::new();
    let refusal = changed(&forger, |payload| {
        payload["iat"] = (NOW.as_secs() + 5).into();
        payload["exp"] = (NOW.as_secs() + 5).into();
    });
    assert_eq!(refusal, Some(Refusal::ImplausibleLifetime));
}

#[test]
fn the_leeway_may_be_none() {
    let forger = Forger::with(TokenRules { leeway: Duration::ZERO, ..rules() });
    assert_eq!(changed(&forger, |_| ()), None);
    let refusal = changed(&forger, |payload| payload["nbf"] = (NOW.as_secs() + 1).into());
    assert_eq!(refusal, Some(Refusal::NotYetValid));
}

#[test]
fn the_epoch_of_time_underflows_nothing() {
    let forger = Forger::new();
    let token = forger.access(&access_payload().to_string());
    let early = Timestamp::from_secs(1);
    assert_eq!(refusal::<AccessClaims>(&forger.service, &token, early), Some(Refusal::NotYetValid),);
}
