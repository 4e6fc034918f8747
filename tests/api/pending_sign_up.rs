//! A sign-up is pending until it is proved: attacks on accounts that do not exist yet
//! (S-43, S-44, S-45).

use serde_json::json;

use test_support::{
    Person, ServerProcess, ServerThread, Tokens, all, verify_email, wait_for_async,
};

#[tokio::test]
async fn attack_a_whoever_signs_up_first_plants_nothing() {
    let server = ServerThread::start();
    let client = server.client();
    let attacker = Person::with_password("victim@example.com", "the attacker's own");
    let planted = attacker.sign_up(&client).await;
    let mut victim = Person::with_password("victim@example.com", "the victim's own");
    let own = victim.sign_up(&client).await;
    let otp = client.code_for(&victim.email).await;

    let answer = verify_email(&client, &planted, &otp).await;
    answer.assert(401, r#"{"error":"Signup Failed"}"#);
    Tokens::of(&verify_email(&client, &own, &otp).await);

    assert_eq!(victim.sign_in(&client).await.status, 200);
    assert_eq!(attacker.sign_in(&client).await.status, 401);
    victim.password.push('!');
    assert_eq!(victim.sign_in(&client).await.status, 401);
}

#[tokio::test]
async fn attack_b_whoever_signs_up_later_takes_nothing_over() {
    let server = ServerThread::start();
    let client = server.client();
    let victim = Person::with_password("victim@example.com", "the victim's own");
    let own = victim.sign_up(&client).await;
    let otp = client.code_for(&victim.email).await;
    let attacker = Person::with_password("Victim@Example.com", "the attacker's own");
    let planted = attacker.sign_up(&client).await;

    Tokens::of(&verify_email(&client, &own, &otp).await);

    // The attacker's pending sign-up died with the victim's success, its right code included.
    let stolen = client.code_for("Victim@example.com").await;
    verify_email(&client, &planted, &stolen).await.assert_refused(401, "otp_invalid");
    assert_eq!(victim.sign_in(&client).await.status, 200);
    assert_eq!(attacker.sign_in(&client).await.status, 401);
}

#[tokio::test]
async fn attack_c_fifty_parallel_verifies_of_one_code_succeed_once() {
    let server = ServerProcess::start().await;
    let client = server.client();
    for round in 0..5 {
        let person = Person::new(&format!("c{round}@example.com"));
        let (id, otp) = person.pending(&client).await;
        let answers = all((0..50).map(|_| {
            let (client, id, otp) = (client.clone(), id.clone(), otp.clone());
            async move { verify_email(&client, &id, &otp).await.status }
        }))
        .await;
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((count(200), count(401)), (1, 49), "{answers:?}");
        assert_eq!(person.sign_in(&client).await.status, 200);
    }
}

#[tokio::test]
async fn attack_d_fifty_parallel_sign_ups_of_one_address_make_one_account() {
    let server = ServerProcess::start_with(&[("BIOENTRUST_PASSWORD__QUEUE", "100")]).await;
    let client = server.client();
    let spelling = |n: usize| match n % 4 {
        0 => "crowd@example.com",
        1 => "CROWD@example.com",
        2 => "crowd@EXAMPLE.com",
        _ => "Crowd@Example.Com",
    };
    let answers = all((0..50).map(|n| {
        let client = client.clone();
        async move {
            let person = Person::with_password(spelling(n), &format!("password number {n}"));
            let answer = client.post("/user/signup", &person.sign_up_form()).await;
            if answer.status != 200 {
                return (n, answer.status);
            }
            let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
            // The newest code that was sent to any spelling, tried with this request. One guess
            // each: a hundred wrong ones in a row would disable the address (S-17).
            for message in client.inbox("crowd@example.com").await.into_iter().take(1) {
                let otp = message["code"].as_str().unwrap();
                let answer = verify_email(&client, &id, otp).await;
                if answer.status != 401 {
                    return (n, answer.status);
                }
            }
            (n, 401)
        }
    }))
    .await;
    assert!(answers.iter().all(|(_, status)| *status < 500), "{answers:?}");
    let winners: Vec<_> = answers.iter().filter(|(_, status)| *status == 200).collect();
    assert!(winners.len() <= 1, "{winners:?}");
    let winner = match winners.first() {
        Some((n, _)) => *n,
        None => finish(&client).await,
    };
    for n in [winner, (winner + 1) % 50] {
        let person = Person::with_password("crowd@example.com", &format!("password number {n}"));
        let expected = if n == winner { 200 } else { 401 };
        assert_eq!(person.sign_in(&client).await.status, expected, "password of sign-up {n}");
    }
}

/// Nobody guessed which code was theirs: one more sign-up, done properly.
async fn finish(client: &test_support::Client) -> usize {
    let person = Person::with_password("crowd@example.com", "password number 50");
    person.register(client).await;
    50
}

#[tokio::test]
async fn a_verified_address_is_taken_in_every_spelling() {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, "john@example.com").await;
    for email in ["john@example.com", "JOHN@example.com", "John@EXAMPLE.COM"] {
        let answer = client.post("/user/signup", &Person::new(email).sign_up_form()).await;
        answer.assert(409, r#"{"error":"Email address already in use"}"#);
        assert_eq!(answer.code(), "email_taken");
    }
}

#[tokio::test]
async fn unknown_fields_are_never_stored() {
    let server = ServerThread::start();
    let client = server.client();
    let form = json!({
        "first_name": "John", "last_name": "Doe", "email": "john@example.com", "password": "password123",
        "role": "admin", "verified": true, "_id": "1", "__proto__": {"admin": true}, "id": {"$gt": ""},
    });
    let answer = client.post("/user/signup", &form).await;
    assert_eq!(answer.status, 200);
    assert_eq!(client.inbox("john@example.com").await.len(), 1);
}

#[tokio::test]
async fn hidden_accounts_look_like_any_other_sign_up_and_their_owner_is_told_once_an_hour() {
    let server = ServerThread::start_with(&[("BIOENTRUST_SIGNUP__HIDE_EXISTING_ACCOUNTS", "true")]);
    let client = server.client();
    let (owner, _) = Person::registered(&client, "owner@example.com").await;
    let before = client.inbox(&owner.email).await.len();

    let attacker = Person::with_password(&owner.email, "the attacker's own");
    let id = attacker.sign_up(&client).await;
    let _ = attacker.sign_up(&client).await;
    // Told after the answer, once for two tries: the count at the end says so too.
    let told = |count| {
        let (client, email) = (client.clone(), owner.email.clone());
        wait_for_async(move || {
            let (client, email) = (client.clone(), email.clone());
            async move { Some(client.inbox(&email).await).filter(|news| news.len() == count) }
        })
    };
    let news = told(before + 1).await;
    assert_eq!(news[0]["code"], serde_json::Value::Null, "and no code in it");

    // The decoy behaves like a pending sign-up: it resends, and it refuses.
    server.advance(std::time::Duration::from_secs(61));
    let answer = client.post("/user/resend-otp", &json!({"otp_request_id": id})).await;
    answer.assert(200, &format!(r#"{{"otp_request_id":"{id}","response":"otp sent"}}"#));
    assert_eq!(client.inbox(&owner.email).await.len(), before + 1);
    verify_email(&client, &id, "123456").await.assert_refused(401, "otp_invalid");
    assert_eq!(owner.sign_in(&client).await.status, 200);

    server.advance(std::time::Duration::from_hours(1));
    let _ = attacker.sign_up(&client).await;
    told(before + 2).await;
}
