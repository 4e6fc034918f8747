//! S-22, S-24: well-signed tokens that say something wrong.

use actors::domain::{Client, UserAgent, UserId};
use actors::revocation_registry::OpenSession;
use serde_json::{Value, json};
use test_support::{Person, Tokens};

use crate::mint::{Mint, SigningKey, encode, parts};

#[tokio::test]
async fn s_22_every_claim_is_required() {
    let mint = Mint::start().await;
    let names: Vec<String> = mint.payload.as_object().unwrap().keys().cloned().collect();
    for wanted in ["iss", "aud", "sub", "jti", "sid", "iat", "nbf", "exp", "auth_time"] {
        assert!(names.iter().any(|name| name == wanted), "no {wanted}");
    }
    for name in names {
        let mut payload = mint.payload.clone();
        payload.as_object_mut().unwrap().remove(&name);
        mint.refuses(&mint.sign(&mint.header, &payload), &format!("no {name}")).await;
        mint.refuses_claim(&name, Value::Null).await;
    }
}

/// S-23: a claim of another type was once skipped (CVE-2026-25537).
#[tokio::test]
async fn s_23_a_claim_of_another_type_is_no_claim() {
    let mint = Mint::start().await;
    let now = mint.payload["iat"].as_u64().unwrap();
    for name in ["exp", "nbf", "iat", "auth_time"] {
        for value in [
            json!(now.to_string()),
            json!((now + 900).to_string()),
            json!(""),
            json!([now]),
            json!({ "$numberLong": now.to_string() }),
            json!(true),
            json!(-1),
            json!(i64::MIN),
            json!(f64::from(u32::try_from(now).unwrap()) + 0.5),
            json!(1e300),
        ] {
            mint.refuses_claim(name, value).await;
        }
        for text in ["1e999", "99999999999999999999", "1.6e9", "-0", "0x7fffffff", "NaN"] {
            mint.refuses(&with_text(&mint, name, text), &format!("{name}: {text}")).await;
        }
    }
    for name in ["iss", "aud", "sub", "jti", "sid"] {
        let value = mint.payload[name].clone();
        for value in [json!([value]), json!([value, value]), json!({"$eq": value}), json!(1)] {
            mint.refuses_claim(name, value).await;
        }
    }
    mint.refuses_claim("epoch", json!("0")).await;
    mint.refuses_claim("epoch", json!(-1)).await;
}

/// The payload with a claim whose value is `text` as it stands.
fn with_text(mint: &Mint, name: &str, text: &str) -> String {
    let mut payload = mint.payload.clone();
    payload[name] = json!("PLACE");
    let payload = payload.to_string().replace("\"PLACE\"", text);
    mint.key.token(&mint.header.to_string(), &payload)
}

#[tokio::test]
async fn s_22_no_token_lives_before_its_time_after_it_or_for_ever() {
    let mint = Mint::start().await;
    let now = mint.payload["iat"].as_u64().unwrap();
    for (name, value) in [
        ("exp", 0),
        ("exp", now - 1),
        ("exp", now),
        ("exp", now + 24 * 3600 + 1),
        ("exp", 4_102_444_800),
        ("exp", u64::from(u32::MAX)),
        ("exp", i64::MAX as u64),
        ("exp", u64::MAX),
        ("nbf", now + 6),
        ("nbf", u64::MAX),
        ("iat", now + 6),
        ("iat", u64::MAX),
        ("iat", 0),
        ("auth_time", now + 6),
        ("auth_time", u64::MAX),
    ] {
        mint.refuses_claim(name, json!(value)).await;
    }
    // Each of these was meant to live for an hour, or nearly: only its end tells them apart.
    let mut payload = mint.payload.clone();
    payload["iat"] = json!(now - 3600);
    payload["nbf"] = json!(now - 3600);
    for (exp, status) in [(now - 1, 401), (now, 401), (now + 1, 200)] {
        payload["exp"] = json!(exp);
        let token = mint.sign(&mint.header, &payload);
        assert_eq!(mint.status(&token).await, status, "exp: {exp}, now: {now}");
    }
}

#[tokio::test]
async fn s_22_a_claim_made_twice_is_refused_whichever_is_true() {
    let mint = Mint::start().await;
    let plain = mint.payload.to_string();
    let inner = plain.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    for twice in [
        format!(r#"{{"exp":1,{inner}}}"#),
        format!(r#"{{{inner},"exp":4102444800}}"#),
        format!(r#"{{{inner},"\u0065xp":4102444800}}"#),
        format!(r#"{{"sub":"{}",{inner}}}"#, encode([7; 16])),
        format!(r#"{{{inner},"sub":"{}"}}"#, encode([7; 16])),
        format!(r#"{{{inner},"role":"admin"}}"#),
        format!(r#"{{{inner},"__proto__":{{}}}}"#),
        format!("[{plain}]"),
        format!("{plain} {{}}"),
    ] {
        mint.refuses(&mint.key.token(&mint.header.to_string(), &twice), &twice).await;
    }
}

#[tokio::test]
async fn s_22_a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let mint = Mint::start().await;
    let issuer = mint.payload["iss"].as_str().unwrap().to_owned();
    let audience = mint.payload["aud"].as_str().unwrap().to_owned();
    for (name, own) in [("iss", issuer), ("aud", audience)] {
        for other in [
            String::new(),
            "*".to_owned(),
            "https://evil.example".to_owned(),
            format!("{own}/"),
            format!(" {own}"),
            format!("{own}\0"),
            own.to_uppercase(),
            format!("{own}.evil.example"),
        ] {
            mint.refuses_claim(name, json!(other)).await;
        }
    }
}

/// The same key id, issuer, audience and claims; another key.
#[tokio::test]
async fn s_22_the_same_claims_under_another_key_are_refused() {
    let mint = Mint::start().await;
    for thief in [SigningKey::ed25519(), SigningKey::p256()] {
        let token = thief.token(&mint.header.to_string(), &mint.payload.to_string());
        mint.refuses(&token, thief.algorithm()).await;
    }
    // Nor does a token of a second server with the same settings open this one.
    let other = Mint::start().await;
    mint.refuses(&other.tokens.access, "a foreign token").await;
}

/// S-33, S-37: what a refresh token says of its session is compared with the session.
#[tokio::test]
async fn s_33_a_refresh_token_of_a_session_that_is_another_or_none_refreshes_nothing() {
    let mint = Mint::start().await;
    let (_, janes) = Person::registered(&mint.client, "jane@example.com").await;
    let [header, own] = parts(&mint.tokens.refresh);
    let [_, hers] = parts(&janes.refresh);
    let epochs = [1, 2, u64::from(u32::MAX), u64::from(u32::MAX) + 1];
    let epochs = epochs.into_iter().map(|epoch| ("epoch", json!(epoch)));
    let ids = ["sub", "sid"].into_iter().flat_map(|name| {
        [(name, hers[name].clone()), (name, json!(encode([0; 16]))), (name, own["jti"].clone())]
    });
    for (name, value) in ids.chain(epochs) {
        let mut claims = own.clone();
        claims[name] = value;
        let token = mint.sign(&header, &claims);
        let answer = mint.client.with_bearer("GET", "/user/refresh", &token).await;
        assert_eq!(answer.status, 401, "{name}: {}", claims[name]);
    }
    let again = mint.sign(&header, &own);
    assert_eq!(mint.client.with_bearer("GET", "/user/refresh", &again).await.status, 200);
}

/// S-33: the store may have lost an account that a session is still there of.
#[tokio::test]
async fn s_33_a_session_without_an_account_refreshes_nothing() {
    let mint = Mint::start().await;
    let [header, mut claims] = parts(&mint.tokens.refresh);
    let client = Client { ip: [192, 0, 2, 1].into(), user_agent: UserAgent::sanitise("") };
    let orphan = OpenSession { user_id: UserId::from_bytes([9; 16]), client, is_first: true };
    let session = mint.server.actors().sessions.ask(orphan).await.unwrap();
    claims["sub"] = json!(session.user_id.to_string());
    claims["sid"] = json!(session.id.to_string());
    claims["epoch"] = json!(session.epoch);
    let token = mint.sign(&header, &claims);
    assert_eq!(mint.client.with_bearer("GET", "/user/refresh", &token).await.status, 401);
    // The session itself is as good as any.
    let out = mint.client.with_bearer("DELETE", "/user/signout", &token).await;
    assert_eq!(out.status, 200, "{}", out.body);
}

/// S-37: it is the session that is dead, not one spelling of one token of it.
#[tokio::test]
async fn s_37_no_new_token_of_a_dead_session_is_believed() {
    let mint = Mint::start().await;
    let gone = Tokens::of(&mint.person.sign_in(&mint.client).await);
    let out = mint.client.with_bearer("DELETE", "/user/signout", &gone.refresh).await;
    assert_eq!(out.status, 200);
    let [header, claims] = parts(&gone.access);
    for jti in [claims["jti"].clone(), json!(encode([5; 16]))] {
        for exp in [claims["exp"].clone(), json!(claims["exp"].as_u64().unwrap() + 60)] {
            let mut claims = claims.clone();
            claims["jti"] = jti.clone();
            claims["exp"] = exp;
            mint.refuses(&mint.sign(&header, &claims), "a new token of a dead session").await;
        }
    }
}
