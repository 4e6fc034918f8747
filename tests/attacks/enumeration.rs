//! Who has an account here? (S-46 to S-50)

use std::time::Duration;

use serde_json::json;
use test_support::{Answer, Client, Person, ServerThread, other_than, resend_otp, verify_email};

use crate::seen::Seen;

const KNOWN: &str = "known@example.com";
const PENDING: &str = "pending@example.com";
const UNKNOWN: &str = "unknown@example.com";
const HIDDEN: (&str, &str) = ("BIOENTRUST_SIGNUP__HIDE_EXISTING_ACCOUNTS", "true");

async fn with_accounts(settings: &[(&str, &str)]) -> (ServerThread, Client) {
    let server = ServerThread::start_with(settings);
    let client = server.client();
    Person::registered(&client, KNOWN).await;
    Person::new(PENDING).sign_up(&client).await;
    (server, client)
}

async fn guess(client: &Client, email: &str) -> Answer {
    Person::with_password(email, "a wrong password").sign_in(client).await
}

/// One after the other, so that each is asked the same at the same time of the same clock.
fn assert_alike(step: &str, seen: &[Seen]) {
    assert!(seen.iter().all(|other| *other == seen[0]), "{step}: {seen:#?}");
}

/// From the first failure over the delays to the lock: the same course for every address.
#[tokio::test]
async fn s_46_sign_in_tells_known_pending_unknown_and_locked_addresses_alike() {
    let (server, client) = with_accounts(&[]).await;
    for step in 0..40 {
        let mut seen = Vec::new();
        for email in [KNOWN, PENDING, UNKNOWN] {
            seen.push(Seen::of(&guess(&client, email).await));
        }
        assert_alike(&format!("try {step}"), &seen);
        if step % 4 == 3 {
            server.advance(Duration::from_secs(1 << (step / 4)));
        }
    }
}

#[tokio::test]
async fn s_46_a_disabled_password_is_a_wrong_password() {
    let (server, client) = with_accounts(&[]).await;
    for _ in 0..100 {
        for email in [KNOWN, UNKNOWN] {
            guess(&client, email).await.assert_refused(401, "invalid_credentials");
        }
        server.advance(Duration::from_mins(16));
    }
    let right = Seen::of(&Person::new(KNOWN).sign_in(&client).await);
    let wrong = Seen::of(&guess(&client, KNOWN).await);
    let unknown = Seen::of(&guess(&client, UNKNOWN).await);
    assert_eq!(right.status, 401, "a hundred in a row (S-52)");
    assert_alike("disabled", &[right, wrong, unknown]);
}

#[tokio::test]
async fn s_48_forgot_password_tells_nothing_even_when_it_sends_nothing_more() {
    let limits = ("BIOENTRUST_LIMITS__PER_DESTINATION", "true");
    let (server, client) = with_accounts(&[limits]).await;
    for step in 0..12 {
        let mut seen = Vec::new();
        for email in [KNOWN, PENDING, UNKNOWN, "Known@EXAMPLE.com"] {
            seen.push(Seen::of(&Person::new(email).forgot_password(&client).await));
        }
        assert_eq!(seen[0].status, 200);
        assert_alike(&format!("request {step}"), &seen);
        server.advance(Duration::from_secs(20));
    }
}

/// S-50: with hidden accounts, a taken address is a fresh one from sign-up to the last refusal.
#[tokio::test]
async fn s_50_a_hidden_account_cannot_be_told_from_a_fresh_sign_up_at_any_step() {
    let (server, client) = with_accounts(&[HIDDEN]).await;
    let mut ids = Vec::new();
    let mut seen = Vec::new();
    for email in [KNOWN, UNKNOWN] {
        let answer = client.post("/user/signup", &Person::new(email).sign_up_form()).await;
        ids.push(answer.json()["otp_request_id"].as_str().unwrap().to_owned());
        seen.push(Seen::of(&answer));
    }
    assert_eq!(seen[0].status, 200);
    assert_alike("sign-up", &seen);
    let wrong = other_than(&client.code_for(UNKNOWN).await);
    for step in 0..10 {
        for what in ["resend", "verify", "again"] {
            let mut seen = Vec::new();
            for (id, email) in ids.iter().zip([KNOWN, UNKNOWN]) {
                seen.push(Seen::of(&match what {
                    "resend" => resend_otp(&client, id).await,
                    "verify" => verify_email(&client, id, &wrong).await,
                    _ => client.post("/user/signup", &Person::new(email).sign_up_form()).await,
                }));
            }
            // The one code in a million would be right.
            assert!([200, 401, 429].contains(&seen[0].status), "{seen:?}");
            assert_alike(&format!("{what} {step}"), &seen);
        }
        server.advance(Duration::from_secs(40));
    }
}

/// S-50: not by the budgets, either.
#[tokio::test]
async fn s_50_the_limits_of_a_hidden_account_run_out_like_those_of_a_fresh_one() {
    let limits = [
        HIDDEN,
        ("BIOENTRUST_LIMITS__PER_DESTINATION", "true"),
        ("BIOENTRUST_LIMITS__SENDS_PER_DESTINATION", "3/1h"),
    ];
    let (server, client) = with_accounts(&limits).await;
    server.advance(Duration::from_hours(2));
    for step in 0..8 {
        let mut seen = Vec::new();
        for email in [KNOWN, UNKNOWN] {
            let form = Person::new(email).sign_up_form();
            seen.push(Seen::of(&client.post("/user/signup", &form).await));
        }
        assert_alike(&format!("sign-up {step}"), &seen);
        server.advance(Duration::from_mins(7));
    }
}

/// S-50: what is wrong with the form is said before, and whether or not, the address is known.
#[tokio::test]
async fn s_50_a_form_that_will_not_do_does_not_tell_whose_it_is() {
    let (_server, client) = with_accounts(&[]).await;
    for (path, field, value) in [
        ("/user/signup", "password", json!("short")),
        ("/user/signup", "password", json!("x".repeat(129))),
        ("/user/signup", "first_name", json!("")),
        ("/user/signin", "password", json!(1)),
        ("/user/signin", "password", json!("x".repeat(2000))),
        ("/user/forgot-password", "email", json!(null)),
        ("/auth/reset-password", "password", json!("short")),
    ] {
        let mut seen = Vec::new();
        for email in [KNOWN, UNKNOWN] {
            let mut form = Person::new(email).sign_up_form();
            form[field] = value.clone();
            let request = client.request("POST", path).bearer_auth("x.y.z");
            seen.push(Seen::of(&client.send(request.json(&form)).await));
        }
        assert_eq!(seen[0].status, 400, "{path} {field}");
        assert_alike(path, &seen);
    }
}
