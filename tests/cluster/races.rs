//! Parallel requests for one thing, on several nodes.

use serde_json::json;
use test_support::{Client, Person, ServerProcess, Tokens, all, patient_settings, verify_email};

const PARALLEL: usize = 50;

/// Two nodes over a replica set, or `None` where there is no mongod.
pub async fn two_nodes(settings: &[(&str, &str)]) -> Option<ServerProcess> {
    let (uri, database) = mongod::shared_replica_set().await?;
    Some(ServerProcess::start_nodes(2, patient_settings(&uri, &database), settings).await)
}

fn statuses(answers: &[test_support::Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test]
async fn s14_in_100_rounds_of_50_parallel_verifies_of_one_code_exactly_100_succeed() {
    let Some(server) = two_nodes(&[]).await else { return };
    let client = server.client();
    let mut successes = 0;
    for round in 0..100 {
        let person = Person::new(&format!("person{round}@example.com"));
        let (id, otp) = person.pending(&client).await;
        let answers = all((0..PARALLEL).map(|_| verify_email(&client, &id, &otp))).await;
        let (succeeded, refused) = (statuses(&answers, 200), statuses(&answers, 401));
        assert_eq!((succeeded, refused), (1, PARALLEL - 1), "round {round}");
        successes += succeeded;
    }
    assert_eq!(successes, 100);
}

#[tokio::test]
async fn s43_50_parallel_sign_ups_of_one_address_make_one_account() {
    let Some(server) = two_nodes(&[("BIOENTRUST_PASSWORD__QUEUE", "100")]).await else { return };
    let client = server.client();
    let verified = all((0..PARALLEL).map(|number| whole_sign_up(&client, number))).await;
    let accounts: Vec<usize> =
        (0..PARALLEL).filter(|number| verified[*number] == Some(200)).collect();
    assert!(accounts.len() <= 1, "{verified:?}");
    // When each one's code made room for the next, the address is still free.
    let owner = accounts.first().copied().unwrap_or(PARALLEL);
    if owner == PARALLEL {
        person(owner).register(&client).await;
    }
    // The account has the password of the one sign-up that was verified.
    assert_eq!(person(owner).sign_in(&client).await.status, 200);
}

fn person(number: usize) -> Person {
    Person::with_password("jo@example.com", &format!("the password of {number}"))
}

/// The status of the verification; `None` when the sign-up was refused, or its mail was another's.
async fn whole_sign_up(client: &Client, number: usize) -> Option<u16> {
    let answer = client.post("/user/signup", &person(number).sign_up_form()).await;
    assert!([200, 409].contains(&answer.status), "{}", answer.body);
    let id = answer.json()["otp_request_id"].as_str()?.to_owned();
    // All go to one address: the newest code may be this request's. One guess each: a hundred
    // wrong ones in a row would disable the address (S-17).
    for message in client.inbox("jo@example.com").await.into_iter().take(1) {
        let Some(otp) = message["code"].as_str() else { continue };
        let verified = verify_email(client, &id, otp).await.status;
        assert!([200, 401, 409].contains(&verified), "{verified}");
        if verified != 401 {
            return Some(verified);
        }
    }
    None
}

#[tokio::test]
async fn s30_concurrent_refreshes_with_rotation_make_one_lineage() {
    let settings = [("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true")];
    let Some(server) = two_nodes(&settings).await else { return };
    let client = server.client();
    let (_, Tokens { refresh, .. }) = Person::registered(&client, "jo@example.com").await;
    let refreshes = (0..PARALLEL).map(|_| client.with_bearer("GET", "/user/refresh", &refresh));
    let answers = all(refreshes).await;
    assert_eq!(statuses(&answers, 200), PARALLEL);
    let mut next = Vec::new();
    for answer in &answers {
        next.push(answer.json()["token"]["refresh"].as_str().unwrap().to_owned());
    }
    // Every answer named the same generation: one more refresh with any of them works …
    let once = client.with_bearer("GET", "/user/refresh", &next[0]).await;
    assert_eq!(once.status, 200, "{}", once.body);
    // … and the first token, two generations old now, ends the session.
    let reused = client.with_bearer("GET", "/user/refresh", &refresh).await;
    assert_eq!(reused.status, 401);
    let after = once.json()["token"]["refresh"].as_str().unwrap().to_owned();
    assert_eq!(client.with_bearer("GET", "/user/refresh", &after).await.status, 401);
}

#[tokio::test]
async fn s53_parallel_wrong_passwords_on_two_nodes_meet_one_limit() {
    let Some(server) = two_nodes(&[("BIOENTRUST_PASSWORD__QUEUE", "100")]).await else { return };
    let client = server.client();
    let (person, _) = Person::registered(&client, "jo@example.com").await;
    let guess = json!({"email": person.email, "password": "a wrong password"});
    let answers = all((0..PARALLEL).map(|_| client.post("/user/signin", &guess))).await;
    // S-52: five are free, the next must wait.
    let (tried, delayed) = (statuses(&answers, 401), statuses(&answers, 429));
    assert!(tried <= 6, "{tried} guesses were tried");
    assert_eq!(tried + delayed, PARALLEL);
}
