//! One-time codes where they do not belong, and what is almost one (S-11 to S-21, S-49).

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{
    Client, Person, ServerProcess, ServerThread, Tokens, all, other_than, resend_otp, verify_email,
};

const FAILED: &str = r#"{"error":"Signup Failed"}"#;
const NUMBER: &str = "+2348012345678";

async fn verify_sms(client: &Client, id: &str, otp: &str) -> u16 {
    let form = json!({"otp": otp, "otp_request_id": id});
    client.post("/user/verify-sms", &form).await.status
}

/// The ways to write six digits that are not these six bytes.
fn almost(otp: &str) -> Vec<String> {
    let with = |zero: u32| -> String {
        otp.bytes().map(|b| char::from_u32(zero + u32::from(b - b'0')).unwrap()).collect()
    };
    let zeros = otp.trim_start_matches('0');
    let mut almost = vec![
        with(0xff10),  // full-width
        with(0x0660),  // Arabic-Indic
        with(0x06f0),  // Persian
        with(0x0966),  // Devanagari
        with(0x1d7ce), // mathematical bold
        format!(" {otp}"),
        format!("{otp} "),
        format!("{otp}\n"),
        format!("\u{feff}{otp}"),
        format!("{otp}\u{200b}"),
        format!("{otp}\0"),
        format!("+{otp}"),
        format!("-{otp}"),
        format!("0{otp}"),
        format!("{otp}0"),
        format!("{otp}.0"),
        format!("{}-{}", &otp[..3], &otp[3..]),
        format!("{} {}", &otp[..3], &otp[3..]),
        otp[..5].to_owned(),
        otp[1..].to_owned(),
        format!("\"{otp}\""),
        format!("{otp},{}", other_than(otp)),
        "______".to_owned(),
        "%".to_owned(),
        ".*".to_owned(),
        "^[0-9]{6}$".to_owned(),
        "' OR '1'='1".to_owned(),
        String::new(),
    ];
    if zeros != otp {
        almost.push(zeros.to_owned());
    }
    almost
}

#[tokio::test]
async fn s_11_only_six_ascii_digits_are_a_code() {
    let server = ServerThread::start();
    let client = server.client();
    let (id, otp) = Person::new("john@example.com").pending(&client).await;
    for other in almost(&otp) {
        verify_email(&client, &id, &other).await.assert(401, FAILED);
    }
    for other in [
        json!([otp]),
        json!([otp, other_than(&otp)]),
        json!((0..1000).map(|n| format!("{n:06}")).collect::<Vec<_>>()),
        json!({"$gt": ""}),
        json!({"$in": [otp]}),
        json!({"otp": otp}),
        json!(true),
        json!(null),
        json!(-1),
        json!(0.5),
        json!(1e6),
    ] {
        let form = json!({"otp": other, "otp_request_id": id});
        client.post("/user/verify-email", &form).await.assert_refused(400, "invalid_field");
    }
    for number in [u64::MAX, 1_000_000, 10_u64.pow(10)] {
        let form = json!({"otp": number, "otp_request_id": id});
        client.post("/user/verify-email", &form).await.assert(401, FAILED);
    }
    // None of them was a code, so none of them was a try.
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn s_13_only_the_exact_request_id_is_one() {
    let server = ServerThread::start();
    let client = server.client();
    let (id, otp) = Person::new("john@example.com").pending(&client).await;
    for other in [
        id.to_lowercase(),
        id.to_uppercase(),
        format!("{id}="),
        format!("{id}=="),
        format!(" {id}"),
        format!("{id} "),
        format!("{id}\0"),
        id[..21].to_owned(),
        format!("{}{}", &id[..21], if id.ends_with('A') { 'B' } else { 'A' }),
        ".*".to_owned(),
        "*".to_owned(),
        "../".to_owned() + &id,
    ] {
        if other != id {
            verify_email(&client, &other, &otp).await.assert(401, FAILED);
            resend_otp(&client, &other).await.assert_refused(401, "otp_invalid");
        }
    }
    for other in [json!([id]), json!({"$gt": ""}), json!({"$ne": null}), json!(1), json!(null)] {
        let form = json!({"otp": otp, "otp_request_id": other});
        client.post("/user/verify-email", &form).await.assert_refused(400, "invalid_field");
        client.post("/user/resend-otp", &form).await.assert_refused(400, "invalid_field");
    }
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn s_13_a_code_opens_neither_another_purpose_nor_another_request() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, johns) = Person::registered(&client, "john@example.com").await;
    let (sms_id, sms_otp) = johns.pending_sms(&client, NUMBER).await;
    let (mail_id, mail_otp) = Person::new("jane@example.com").pending(&client).await;

    // Each right code at the other's endpoint, and with the other's id at both.
    assert_eq!(verify_email(&client, &sms_id, &sms_otp).await.status, 401);
    assert_eq!(verify_sms(&client, &mail_id, &mail_otp).await, 401);
    if sms_otp != mail_otp {
        assert_eq!(verify_email(&client, &mail_id, &sms_otp).await.status, 401);
        assert_eq!(verify_sms(&client, &sms_id, &mail_otp).await, 401);
    }
    // The address and the number in the body are nobody's business (S-20, S-51).
    let form = json!({
        "otp": mail_otp, "otp_request_id": mail_id, "email": "evil@example.com",
        "phone_number": "+2348099999999", "user_id": "x", "purpose": "phone",
    });
    let tokens = Tokens::of(&client.post("/user/verify-email", &form).await);
    assert_eq!(Person::new("jane@example.com").sign_in(&client).await.status, 200);
    assert_eq!(Person::new("evil@example.com").sign_in(&client).await.status, 401);
    assert_eq!(verify_sms(&client, &sms_id, &sms_otp).await, 200);
    assert_eq!(client.with_bearer("GET", "/user/protected", &tokens.access).await.status, 200);
}

#[tokio::test]
async fn s_21_a_used_code_is_worthless_at_once_and_after_a_restart() {
    let mut server = ServerProcess::start().await;
    let client = server.client();
    let (id, otp) = Person::new("john@example.com").pending(&client).await;
    Tokens::of(&verify_email(&client, &id, &otp).await);
    verify_email(&client, &id, &otp).await.assert(401, FAILED);
    resend_otp(&client, &id).await.assert_refused(401, "otp_invalid");
    server.restart().await;
    verify_email(&server.client(), &id, &otp).await.assert(401, FAILED);
}

#[tokio::test]
async fn s_14_of_fifty_parallel_uses_of_one_sms_code_one_succeeds() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let (id, otp) = tokens.pending_sms(&client, NUMBER).await;
    let statuses = all((0..50).map(|_| verify_sms(&client, &id, &otp))).await;
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(200), count(401)), (1, 49), "{statuses:?}");
}

/// S-15, S-53: the right code is the last of forty that are sent at once. If more than five are
/// compared, it is found.
#[tokio::test]
async fn s_15_a_parallel_search_compares_five_codes_and_no_more() {
    let server = ServerThread::start();
    let client = server.client();
    for round in 0..5 {
        let person = Person::new(&format!("p{round}@example.com"));
        let (id, otp) = person.pending(&client).await;
        let right: u32 = otp.parse().unwrap();
        let guess = |n: u32| format!("{:06}", (right + 39 - n) % 1_000_000);
        let found = all((0..39).map(|n| {
            let (client, id) = (&client, &id);
            async move { verify_email(client, id, &guess(n)).await.status }
        }))
        .await;
        assert!(found.iter().all(|status| *status == 401), "{found:?}");
        verify_email(&client, &id, &otp).await.assert(401, FAILED);
        assert_eq!(person.sign_in(&client).await.status, 401, "no account");
    }
}

/// S-18: a resend and a flood of guesses at the old and the new code.
#[tokio::test]
async fn s_18_guesses_during_resends_are_counted_with_all_others() {
    let server = ServerThread::start_with(&[("BIOENTRUST_OTP__RESEND_AFTER", "0s")]);
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    let mut wrong = other_than(&otp);
    for _ in 0..5 {
        verify_email(&client, &id, &wrong).await.assert(401, FAILED);
        // Whether or not another one is sent.
        let _ = resend_otp(&client, &id).await;
        wrong = other_than(&client.code_for(&person.email).await);
    }
    let newest = client.code_for(&person.email).await;
    verify_email(&client, &id, &newest).await.assert(401, FAILED);
    server.advance(Duration::from_hours(1));
    verify_email(&client, &id, &newest).await.assert(401, FAILED);
}

/// S-49: one answer, whatever is wrong.
#[tokio::test]
async fn s_49_wrong_expired_used_unknown_and_foreign_look_alike() {
    use crate::seen::Seen;
    let server = ServerThread::start();
    let client = server.client();
    let (expired, expired_otp) = Person::new("expired@example.com").pending(&client).await;
    server.advance(Duration::from_mins(10));
    let (used, used_otp) = Person::new("used@example.com").pending(&client).await;
    Tokens::of(&verify_email(&client, &used, &used_otp).await);
    let (pending, otp) = Person::new("john@example.com").pending(&client).await;
    let (_, tokens) = Person::registered(&client, "jane@example.com").await;
    let (sms, sms_otp) = tokens.pending_sms(&client, NUMBER).await;
    let unknown = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for path in ["/user/verify-email", "/user/verify-sms"] {
        let foreign = if path.ends_with("sms") { (&pending, &otp) } else { (&sms, &sms_otp) };
        let mut seen = Vec::new();
        for (id, otp) in [
            (&pending, &other_than(&otp)),
            (&expired, &expired_otp),
            (&used, &used_otp),
            (&unknown, &otp),
            (&"x".to_owned(), &otp),
            foreign,
        ] {
            let form: Value = json!({"otp": otp, "otp_request_id": id});
            seen.push(Seen::of(&client.post(path, &form).await));
        }
        assert_eq!(seen[0].status, 401);
        assert!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    }
}
