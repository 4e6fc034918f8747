//! What clients get wrong.

use reqwest::Method;
use serde_json::json;

use crate::caller::Caller;

/// One of several kinds, in turn.
pub async fn one(caller: &Caller, turn: u32) {
    match turn % 6 {
        0 => not_json(caller).await,
        1 => bad_address(caller).await,
        2 => short_password(caller).await,
        3 => unknown_person(caller).await,
        4 => wrong_code(caller).await,
        _ => forged_token(caller).await,
    }
}

async fn not_json(caller: &Caller) {
    let path = "/user/signin";
    let request = caller.request(Method::POST, path).header("Content-Type", "application/json");
    caller.ask(path, request.body("{\"email\": "), 400).await;
}

async fn bad_address(caller: &Caller) {
    let form = json!({
        "first_name": "A", "last_name": "B", "email": "nobody", "password": "long enough",
    });
    caller.post("/user/signup", &form, 400).await;
}

async fn short_password(caller: &Caller) {
    let form = json!({
        "first_name": "A", "last_name": "B", "email": "a@example.com", "password": "short",
    });
    caller.post("/user/signup", &form, 400).await;
}

async fn unknown_person(caller: &Caller) {
    let email = format!("nobody{}@example.com", rand::random::<u64>());
    let form = json!({"email": email, "password": "whatever it is"});
    caller.post("/user/signin", &form, 401).await;
}

async fn wrong_code(caller: &Caller) {
    let form = json!({"otp": "000000", "otp_request_id": "AAAAAAAAAAAAAAAAAAAAAA"});
    caller.post("/user/verify-email", &form, 401).await;
}

async fn forged_token(caller: &Caller) {
    caller.bearer(Method::GET, "/user/protected", "e30.e30.AAAA", 401).await;
}
