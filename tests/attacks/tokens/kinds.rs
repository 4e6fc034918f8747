//! S-24: every kind of token against every endpoint.

use serde_json::{Value, json};
use test_support::{Answer, Person, Tokens};

use crate::mint::{Mint, parts};

/// Method, path, and the kinds that it takes. What ends a session comes last.
const ENDPOINTS: [(&str, &str, &[&str]); 7] = [
    ("GET", "/user/protected", &["access"]),
    ("GET", "/user/refresh", &["refresh"]),
    ("POST", "/user/refresh", &["refresh"]),
    ("POST", "/user/send-sms", &["access"]),
    ("DELETE", "/user/signout", &["refresh"]),
    ("POST", "/auth/reset-password", &["reset", "access"]),
    ("POST", "/user/reset-password", &["reset", "access"]),
];

async fn call(mint: &Mint, (method, path): (&str, &str), token: &str, email: &str) -> Answer {
    let request = mint.client.request(method, path).bearer_auth(token);
    mint.client
        .send(match method {
            // A form for whichever endpoint it is.
            "POST" => request.json(&json!({
                "phone_number": "+2348012345678", "email": email, "password": "another password",
            })),
            _ => request,
        })
        .await
}

/// A token of each kind, of an account of its own.
async fn one_of_each(mint: &Mint, email: &str) -> [(&'static str, String); 3] {
    let (person, Tokens { access, refresh }) = Person::registered(&mint.client, email).await;
    person.forgot_password(&mint.client).await;
    let reset = mint.client.reset_token_for(email).await;
    [("access", access), ("refresh", refresh), ("reset", reset)]
}

fn assert_refused(answer: &Answer, why: &str) {
    let reset = answer.code() == "reset_refused" && answer.status == 400;
    assert!(reset || answer.status == 401, "{why}: {} {}", answer.status, answer.body);
}

#[tokio::test]
async fn s_24_each_endpoint_takes_its_own_kind_and_reset_two() {
    let mint = Mint::start().await;
    for (number, (method, path, takes)) in ENDPOINTS.into_iter().enumerate() {
        for kind in ["access", "refresh", "reset"] {
            // Of its own account: a reset that works ends everything.
            let email = format!("p{number}.{kind}@example.com");
            let tokens = one_of_each(&mint, &email).await;
            let (_, token) = tokens.iter().find(|(name, _)| *name == kind).unwrap();
            let answer = call(&mint, (method, path), token, &email).await;
            let why = format!("{method} {path} with a {kind} token");
            if takes.contains(&kind) {
                assert_eq!(answer.status, 200, "{why}: {}", answer.body);
            } else {
                assert_refused(&answer, &why);
            }
        }
    }
}

/// Kinds differ in `typ`, in `aud` and in their claims: no two of the three are enough.
#[tokio::test]
async fn s_24_a_token_that_is_half_one_kind_and_half_another_is_neither() {
    let mint = Mint::start().await;
    let kinds = one_of_each(&mint, "jane@example.com").await;
    let kinds: Vec<[Value; 2]> = kinds.iter().map(|(_, token)| parts(token)).collect();
    let mut forged = Vec::new();
    for (own, [header, payload]) in kinds.iter().enumerate() {
        for (other, [other_header, other_payload]) in kinds.iter().enumerate() {
            if other == own {
                continue;
            }
            // Another's `typ`; another's `aud`; both, over the own claims.
            let mut moved = payload.clone();
            moved["aud"] = other_payload["aud"].clone();
            forged.extend([
                mint.sign(other_header, payload),
                mint.sign(header, &moved),
                mint.sign(other_header, &moved),
            ]);
            // All claims of both kinds at once, unless this kind has the other's anyway.
            let mut both = other_payload.clone();
            both.as_object_mut().unwrap().extend(payload.as_object().unwrap().clone());
            if both != *payload {
                forged.push(mint.sign(header, &both));
            }
        }
        for typ in ["JWT", "jwt", "", "at+JWT", "application/at+jwt", "mfa+jwt", "id+jwt"] {
            let mut header = header.clone();
            header["typ"] = json!(typ);
            forged.push(mint.sign(&header, payload));
        }
        let mut header = header.clone();
        header.as_object_mut().unwrap().remove("typ");
        forged.push(mint.sign(&header, payload));
    }
    for (method, path, _) in ENDPOINTS {
        for token in &forged {
            let answer = call(&mint, (method, path), token, "jane@example.com").await;
            assert_refused(&answer, &format!("{method} {path}: {:?}", parts(token)));
        }
    }
}

#[tokio::test]
async fn s_24_no_other_secret_of_a_flow_is_a_token() {
    let mint = Mint::start().await;
    let (id, otp) = Person::new("jane@example.com").pending(&mint.client).await;
    let kid = mint.header["kid"].as_str().unwrap();
    let session = mint.payload["sid"].as_str().unwrap();
    for (method, path, _) in ENDPOINTS {
        for secret in [id.as_str(), &otp, kid, session, &mint.person.password, "null", "undefined"]
        {
            let answer = call(&mint, (method, path), secret, "john@example.com").await;
            assert_refused(&answer, &format!("{method} {path} with {secret}"));
        }
    }
}
