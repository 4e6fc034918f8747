//! One-time codes from outside (S-11 to S-21, S-49).

use std::time::Duration;

use serde_json::{Value, json};

use test_support::{
    Client, Person, ServerProcess, ServerThread, Tokens, all, other_than, resend_otp, verify_email,
};

const FAILED: &str = r#"{"error":"Signup Failed"}"#;

/// Presents wrong codes, each of which must be refused.
async fn guess_wrong(client: &Client, id: &str, otp: &str, times: u32) {
    for _ in 0..times {
        verify_email(client, id, &other_than(otp)).await.assert(401, FAILED);
    }
}

#[tokio::test]
async fn the_sixth_try_is_refused_even_with_the_right_code() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    guess_wrong(&client, &id, &otp, 5).await;
    verify_email(&client, &id, &otp).await.assert(401, FAILED);
}

#[tokio::test]
async fn the_fifth_try_may_still_be_right() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    guess_wrong(&client, &id, &otp, 4).await;
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn parallel_guesses_do_not_get_more_than_five_tries() {
    let server = ServerProcess::start().await;
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    let wrong = other_than(&otp);
    let statuses = all((0..40).map(|_| {
        let (client, id, wrong) = (client.clone(), id.clone(), wrong.clone());
        async move { verify_email(&client, &id, &wrong).await.status }
    }))
    .await;
    assert!(statuses.iter().all(|status| *status == 401));
    verify_email(&client, &id, &otp).await.assert(401, FAILED);
}

#[tokio::test]
async fn a_code_dies_when_its_time_is_over() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    server.advance(Duration::from_mins(10));
    verify_email(&client, &id, &otp).await.assert(401, FAILED);

    let (id, otp) = person.pending(&client).await;
    server.advance(Duration::from_secs(599));
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn a_resend_kills_the_old_code_and_keeps_the_tries() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let id = person.sign_up(&client).await;
    let old = client.code_for(&person.email).await;
    guess_wrong(&client, &id, &old, 3).await;

    let answer = resend_otp(&client, &id).await;
    answer.assert_refused(429, "resend_too_soon");
    assert_eq!(answer.header("retry-after"), Some("60"));

    server.advance(Duration::from_mins(1));
    let answer = resend_otp(&client, &id).await;
    answer.assert(200, &format!(r#"{{"otp_request_id":"{id}","response":"otp sent"}}"#));
    let new = client.code_for(&person.email).await;
    if new != old {
        verify_email(&client, &id, &old).await.assert(401, FAILED); // the fourth try
        Tokens::of(&verify_email(&client, &id, &new).await); // the fifth
    }
}

#[tokio::test]
async fn a_resend_gives_no_fresh_tries() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    guess_wrong(&client, &id, &otp, 5).await;
    server.advance(Duration::from_mins(1));
    let _ = resend_otp(&client, &id).await;
    let newest = client.code_for(&person.email).await;
    verify_email(&client, &id, &newest).await.assert(401, FAILED);
}

#[tokio::test]
async fn the_cool_down_grows_with_each_resend() {
    let server = ServerThread::start();
    let client = server.client();
    let id = Person::new("john@example.com").sign_up(&client).await;
    server.advance(Duration::from_mins(1));
    assert_eq!(resend_otp(&client, &id).await.status, 200);
    server.advance(Duration::from_mins(1));
    assert_eq!(resend_otp(&client, &id).await.header("retry-after"), Some("60"));
    server.advance(Duration::from_mins(1));
    assert_eq!(resend_otp(&client, &id).await.status, 200);
}

#[tokio::test]
async fn s_17_a_wrong_guess_budget_survives_new_requests_and_keeps_two_tries_for_the_owner() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    for _ in 0..2 {
        let (id, otp) = person.pending(&client).await;
        guess_wrong(&client, &id, &otp, 5).await;
    }
    // Ten wrong guesses within the hour: a request that has made two of its own is done.
    let (id, otp) = person.pending(&client).await;
    guess_wrong(&client, &id, &otp, 2).await;
    verify_email(&client, &id, &otp).await.assert(401, FAILED);
    // But the owner, with a clean request, gets in.
    let (id, otp) = person.pending(&client).await;
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn a_code_works_only_with_its_own_request() {
    let server = ServerThread::start();
    let client = server.client();
    let (john, jane) = (Person::new("john@example.com"), Person::new("jane@example.com"));
    let (johns, janes) = (john.sign_up(&client).await, jane.sign_up(&client).await);
    let otp = client.code_for(&john.email).await;
    if otp != client.code_for(&jane.email).await {
        verify_email(&client, &janes, &otp).await.assert(401, FAILED);
    }
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "", "x", "some_unique_id", &"A".repeat(4000)] {
        verify_email(&client, id, &otp).await.assert(401, FAILED);
    }
    Tokens::of(&verify_email(&client, &johns, &otp).await);
}

#[tokio::test]
async fn a_code_may_be_a_number_and_whatever_else_is_no_code() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    for wrong in ["", "12345", "1234567", "１２３４５６", " 12345", "abcdef"] {
        verify_email(&client, &id, wrong).await.assert(401, FAILED);
    }
    for value in [json!([otp]), json!({"$gt": ""}), json!(null), json!(true), json!(-1), json!(1.5)]
    {
        let answer =
            client.post("/user/verify-email", &json!({"otp": value, "otp_request_id": id})).await;
        answer.assert_refused(400, "invalid_field");
        assert!(answer.body.contains("otp"), "{}", answer.body);
    }
    // None of these was a try: the number of the right code still works.
    let number: u32 = otp.parse().unwrap();
    let form = json!({"otp": number, "otp_request_id": id});
    Tokens::of(&client.post("/user/verify-email", &form).await);
}

#[tokio::test]
async fn sms_codes_are_bound_to_their_purpose_and_application() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let phone = "+2348012345678";
    let send = async |form: Value| {
        let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
        let answer = client.send(request.json(&form)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["otp_request_id"].as_str().unwrap().to_owned()
    };
    let verify = async |form: Value| client.post("/user/verify-sms", &form).await;
    let failed = r#"{"error":"Verification failed"}"#;

    let id = send(json!({"phone_number": phone, "app_id": 9876})).await;
    let otp = client.code_for(phone).await;
    verify_email(&client, &id, &otp).await.assert(401, FAILED);
    verify(json!({"otp": otp, "otp_request_id": id})).await.assert(401, failed);
    verify(json!({"otp": otp, "otp_request_id": id, "app_id": 1})).await.assert(401, failed);
    let answer = verify(json!({"otp": otp, "otp_request_id": id, "app_id": "9876"})).await;
    answer.assert(200, r#"{"message":"Phone number verified"}"#);

    let id = send(json!({"phone_number": phone})).await;
    let otp = client.code_for(phone).await;
    server.advance(Duration::from_mins(5));
    verify(json!({"otp": otp, "otp_request_id": id})).await.assert(401, failed);
}

#[tokio::test]
async fn s_17_an_account_has_one_wrong_guess_budget_for_all_numbers_it_asks_for() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, johns) = Person::registered(&client, "john@example.com").await;
    let (_, janes) = Person::registered(&client, "jane@example.com").await;
    let verify = async |id: &str, otp: &str| {
        let form = json!({"otp": otp, "otp_request_id": id});
        client.post("/user/verify-sms", &form).await.status
    };
    // Five wrong guesses at each of two numbers; none is left at a third but the first two.
    for (tokens, number, tries) in [
        (&johns, "+2348012345671", 5),
        (&johns, "+2348012345672", 5),
        (&johns, "+2348012345673", 2),
        (&janes, "+2348012345673", 4),
    ] {
        let (id, otp) = tokens.pending_sms(&client, number).await;
        for _ in 0..tries {
            assert_eq!(verify(&id, &other_than(&otp)).await, 401);
        }
        let last = verify(&id, &otp).await;
        assert_eq!(last == 200, tries == 4, "{number} after {tries}");
    }
}

#[tokio::test]
async fn an_sms_goes_only_where_the_operator_allows() {
    let server = ServerThread::start_with(&[
        ("BIOENTRUST_SMS__ALLOWED_COUNTRIES", "NG,DE"),
        ("BIOENTRUST_SMS__ALLOWED_APP_IDS", "9876,web"),
    ]);
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    for (form, status, field) in [
        (json!({"phone_number": "+2348012345678", "app_id": 9876}), 200, ""),
        (json!({"phone_number": "+14155552671", "app_id": "web"}), 400, "phone_number"),
        (json!({"phone_number": "+88213123456", "app_id": "web"}), 400, "phone_number"),
        (json!({"phone_number": "not a number", "app_id": "web"}), 400, "phone_number"),
        (json!({"phone_number": 2_348_012_345_678_u64, "app_id": "web"}), 400, "phone_number"),
        (json!({"phone_number": "+2348012345678", "app_id": "other"}), 400, "app_id"),
        (json!({"phone_number": "+2348012345678"}), 400, "app_id"),
        (json!({"phone_number": "+2348012345678", "app_id": ["web"]}), 400, "app_id"),
        (json!({"app_id": "web"}), 400, "phone_number"),
    ] {
        let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
        let answer = client.send(request.json(&form)).await;
        assert_eq!(answer.status, status, "{form}: {}", answer.body);
        assert!(answer.body.contains(field), "{form}: {}", answer.body);
    }
}

#[tokio::test]
async fn nothing_pending_is_resent() {
    let server = ServerThread::start();
    let client = server.client();
    for id in ["AAAAAAAAAAAAAAAAAAAAAA", "", "x"] {
        resend_otp(&client, id).await.assert_refused(401, "otp_invalid");
    }
    client.post("/user/resend-otp", &json!({})).await.assert_refused(400, "invalid_field");
}
