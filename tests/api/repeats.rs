//! An answer was lost and the request is made again: it ends where the first one did (S-95).
//!
//! The same with rotated refresh tokens (S-31) is in `sessions.rs`.

use serde_json::json;
use test_support::{Person, ServerThread, Tokens, verify_email};

const EMAIL: &str = "john@example.com";

#[tokio::test]
async fn s_95_a_proof_that_is_repeated_is_401_and_the_account_is_there_once() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new(EMAIL);
    let (id, otp) = person.pending(&client).await;
    let lost = verify_email(&client, &id, &otp).await;
    assert_eq!(lost.status, 200);
    verify_email(&client, &id, &otp).await.assert_refused(401, "otp_invalid");
    let again = client.post("/user/signup", &person.sign_up_form()).await;
    again.assert_refused(409, "email_taken");
    Tokens::of(&person.sign_in(&client).await);
}

#[tokio::test]
async fn s_95_a_refresh_and_a_sign_out_may_be_repeated() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, EMAIL).await;
    for _ in 0..2 {
        let answer = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
        let access = answer.json()["token"]["access"].as_str().unwrap().to_owned();
        assert_eq!(client.with_bearer("GET", "/user/protected", &access).await.status, 200);
    }
    for status in [200, 401] {
        let answer = client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
        assert_eq!(answer.status, status);
        client.refuses(&tokens.access).await;
    }
}

#[tokio::test]
async fn s_95_a_reset_that_is_repeated_is_400_and_the_new_password_stays() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, _) = Person::registered(&client, EMAIL).await;
    person.forgot_password(&client).await.assert(200, r#"{"message":"Password reset link sent"}"#);
    let link = client.reset_token_for(EMAIL).await;
    let new = "another good password";
    assert_eq!(person.reset_password(&client, &link, new).await.status, 200);
    let form = json!({"email": EMAIL, "password": new});
    let request = client.request("POST", "/auth/reset-password").bearer_auth(&link);
    client.send(request.json(&form)).await.assert_refused(400, "reset_refused");
    Tokens::of(&person.sign_in(&client).await);
}
