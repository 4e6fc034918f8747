//! Uses the API once in every way that counts something.

use serde_json::json;
use test_support::{Client, Person, ServerProcess, Tokens, wait_for_async};

use crate::exposition::Exposition;

/// Signs up, in, out, resets a password and has a code sent to a phone; then scrapes, once all that
/// was to be delivered is.
pub async fn exercised(server: &ServerProcess) -> Exposition {
    let client = server.client();
    let (mut person, tokens) = Person::registered(&client, "john@example.com").await;
    let wrong = Person::with_password(&person.email, "not the password");
    assert_eq!(wrong.sign_in(&client).await.status, 401);
    let session = Tokens::of(&person.sign_in(&client).await);
    assert_eq!(client.with_bearer("GET", "/user/protected", &session.access).await.status, 200);
    assert_eq!(client.with_bearer("GET", "/user/refresh", &session.refresh).await.status, 200);
    assert_eq!(client.with_bearer("DELETE", "/user/signout", &session.refresh).await.status, 200);
    let phone = json!({"phone_number": "+2348012345678"});
    let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
    assert_eq!(client.send(request.json(&phone)).await.status, 200);
    assert_eq!(person.forgot_password(&client).await.status, 200);
    let link = client.reset_token_for(&person.email).await;
    assert_eq!(person.reset_password(&client, &link, "another good one").await.status, 200);
    let admin = server.admin();
    wait_for_async(|| async {
        let scrape = scrape(&admin).await;
        let idle = ["email", "sms"].iter().all(|medium| {
            scrape.value(&format!("bioentrust_delivery_queue_length{{medium=\"{medium}\"}}")) == 0.0
        });
        idle.then_some(scrape)
    })
    .await
}

pub async fn scrape(admin: &Client) -> Exposition {
    let answer = admin.get("/metrics").await;
    assert_eq!(answer.status, 200);
    Exposition::read(&answer.body)
}
