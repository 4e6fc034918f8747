//! Every body and status of the seed document, byte for byte, from a fresh process.

use serde_json::json;

use test_support::{Person, ServerProcess, Tokens, verify_email};

const UNAUTHORIZED: &str = r#"{"status":"error","message":"Unauthorized"}"#;

#[tokio::test]
async fn home_greets_everybody() {
    let server = ServerProcess::start().await;
    let answer = server.client().get("/user/home").await;
    answer.assert(200, r#"{"new_data":"Welcome to BioEntrust Auth server"}"#);
}

#[tokio::test]
async fn a_person_goes_the_whole_way() {
    let server = ServerProcess::start().await;
    let client = server.client();
    let mut john = Person::new("john@example.com");

    // sign-up
    let answer = client.post("/user/signup", &john.sign_up_form()).await;
    let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
    answer.assert(200, &format!(r#"{{"otp_request_id":"{id}","response":"otp sent"}}"#));

    // verify-email
    let otp = client.code_for(&john.email).await;
    let answer = verify_email(&client, &id, &otp).await;
    let first = Tokens::of(&answer);
    answer.assert(200, &logged_in(&first));
    verify_email(&client, &id, &otp).await.assert(401, r#"{"error":"Signup Failed"}"#);
    let again = client.post("/user/signup", &john.sign_up_form()).await;
    again.assert(409, r#"{"error":"Email address already in use"}"#);

    // sign-in
    let answer = john.sign_in(&client).await;
    let tokens = Tokens::of(&answer);
    answer.assert(200, &logged_in(&tokens));

    // protected
    let answer = client.with_bearer("GET", "/user/protected", &tokens.access).await;
    answer.assert(200, r#"{"new_data":"Protected data"}"#);
    client.get("/user/protected").await.assert(401, UNAUTHORIZED);

    // refresh
    let answer = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
    let access = answer.json()["token"]["access"].as_str().unwrap().to_owned();
    answer.assert(200, &format!(r#"{{"token":{{"access":"{access}"}}}}"#));
    let answer = client.with_bearer("GET", "/user/protected", &access).await;
    assert_eq!(answer.status, 200);

    // a phone number
    let phone = "+2348012345678";
    let form = json!({"app_id": 9876, "phone_number": phone});
    let request = client.request("POST", "/user/send-sms").bearer_auth(&access);
    let answer = client.send(request.json(&form)).await;
    let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
    answer.assert(200, &format!(r#"{{"otp_request_id":"{id}","response":"otp sent"}}"#));
    let otp = client.code_for(phone).await;
    let form = json!({"app_id": 9876, "otp": otp, "otp_request_id": id});
    let answer = client.post("/user/verify-sms", &form).await;
    answer.assert(200, r#"{"message":"Phone number verified"}"#);
    let answer = client.post("/user/verify-sms", &form).await;
    answer.assert(401, r#"{"error":"Verification failed"}"#);

    // a forgotten password
    let form = json!({"email": john.email, "password": "1234567890"});
    let answer = client.post("/user/forgot-password", &form).await;
    answer.assert(200, r#"{"message":"Password reset link sent"}"#);
    let link = client.reset_token_for(&john.email).await;
    let answer = john.reset_password(&client, &link, "newpassword123").await;
    answer.assert(200, r#"{"message":"Password reset successfully"}"#);
    let answer = john.reset_password(&client, &link, "anotherpassword").await;
    answer.assert(400, r#"{"error":"Invalid token or password"}"#);
    client.refuses(&access).await;
    client.with_bearer("GET", "/user/protected", &access).await.assert(401, UNAUTHORIZED);

    // sign-out
    let tokens = Tokens::of(&john.sign_in(&client).await);
    let answer = client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
    answer.assert(200, r#"{"message":"Signed out successfully"}"#);
    let answer = client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
    answer.assert(401, UNAUTHORIZED);
}

fn logged_in(tokens: &Tokens) -> String {
    let Tokens { access, refresh } = tokens;
    format!(r#"{{"message":"Logged In","token":{{"access":"{access}","refresh":"{refresh}"}}}}"#)
}
