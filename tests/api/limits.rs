//! Rate limits and send budgets from outside (S-19, S-55 to S-58).

use std::time::Duration;

use serde_json::{Value, json};

use test_support::{Answer, Client, Person, ServerThread, Tokens, verify_email};

const PER_IP: (&str, &str) = ("BIOENTRUST_LIMITS__PER_IP", "true");
const PER_DESTINATION: (&str, &str) = ("BIOENTRUST_LIMITS__PER_DESTINATION", "true");
/// The tests are the proxy, and so may be any client.
const PROXIES: (&str, &str) = ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

/// A request on behalf of `ip`.
async fn post_as(client: &Client, ip: &str, path: &str, body: &Value) -> Answer {
    let request = client.request("POST", path).header("x-forwarded-for", ip);
    client.send(request.json(body)).await
}

#[track_caller]
fn assert_limited(answer: &Answer, seconds: &str) {
    answer.assert(429, r#"{"error":"Too many attempts; try again later"}"#);
    assert_eq!(answer.code(), "rate_limited");
    assert_eq!(answer.header("retry-after"), Some(seconds));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

fn wrong_sign_in(n: usize) -> Value {
    json!({"email": format!("p{n}@example.com"), "password": "Summer2024"})
}

fn unknown_code() -> Value {
    json!({"otp": "123456", "otp_request_id": "AAAAAAAAAAAAAAAAAAAAAA"})
}

/// Path, burst, status within it, wait beyond it, and the nth form.
type Row<'f> = (&'static str, usize, u16, &'static str, &'f dyn Fn(usize) -> Value);

#[tokio::test]
async fn s_55_every_limited_endpoint_refuses_one_request_too_many_from_one_address() {
    let server = ServerThread::start_with(&[
        PER_IP,
        PROXIES,
        ("BIOENTRUST_LIMITS__STUFFING_PER_IP", "100/1s"),
        ("BIOENTRUST_LIMITS__SENDS_PER_IP", "100/1h"),
    ]);
    let client = server.client();
    let sign_up = |n| Person::new(&format!("new{n}@example.com")).sign_up_form();
    let forgotten = json!({"email": "nobody@example.com"});
    let pending = json!({"otp_request_id": "AAAAAAAAAAAAAAAAAAAAAA"});
    let table: [Row<'_>; 6] = [
        ("/user/signin", 20, 401, "6", &wrong_sign_in),
        ("/user/signup", 3, 200, "720", &sign_up),
        ("/user/verify-email", 30, 401, "10", &|_| unknown_code()),
        ("/user/resend-otp", 10, 401, "180", &|_| pending.clone()),
        ("/user/forgot-password", 5, 200, "720", &|_| forgotten.clone()),
        ("/user/verify-sms", 0, 401, "10", &|_| unknown_code()),
    ];
    for (path, burst, status, wait, form) in table {
        for n in 0..burst {
            let answer = post_as(&client, "192.0.2.1", path, &form(n)).await;
            assert_eq!(answer.status, status, "{path} {n}: {}", answer.body);
        }
        assert_limited(&post_as(&client, "192.0.2.1", path, &form(burst)).await, wait);
        let other = post_as(&client, "192.0.2.2", path, &form(burst + 1)).await;
        assert_eq!(other.status, status, "{path}");
    }
    // What is malformed is told so first, and costs nothing (S-70).
    let malformed = post_as(&client, "192.0.2.1", "/user/signup", &json!({})).await;
    malformed.assert_refused(400, "invalid_field");
    server.advance(Duration::from_secs(6));
    let answer = post_as(&client, "192.0.2.1", "/user/signin", &wrong_sign_in(30)).await;
    assert_eq!(answer.status, 401, "the wait was as told");
}

#[tokio::test]
async fn s_55_refresh_and_reset_are_limited_too() {
    let server = ServerThread::start_with(&[
        PER_IP,
        ("BIOENTRUST_LIMITS__REFRESH_PER_IP", "2/1m"),
        ("BIOENTRUST_LIMITS__RESET_PASSWORD_PER_IP", "2/1m"),
    ]);
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    for _ in 0..2 {
        let answer = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
        assert_eq!(answer.status, 200);
    }
    assert_limited(&client.with_bearer("POST", "/user/refresh", &tokens.refresh).await, "30");

    let form = json!({"email": "other@example.com", "password": "another password"});
    let reset = async || {
        let request = client.request("POST", "/auth/reset-password").bearer_auth(&tokens.access);
        client.send(request.json(&form)).await
    };
    for _ in 0..2 {
        reset().await.assert_refused(400, "reset_refused");
    }
    assert_limited(&reset().await, "30");
    assert_eq!(person.sign_in(&client).await.status, 200);
}

#[tokio::test]
async fn s_55_ipv6_clients_are_limited_by_their_64_bit_network() {
    let server = ServerThread::start_with(&[PER_IP, PROXIES]);
    let client = server.client();
    let sign_up = async |ip: &str, n: usize| {
        let form = Person::new(&format!("new{n}@example.com")).sign_up_form();
        post_as(&client, ip, "/user/signup", &form).await.status
    };
    for n in 0..3 {
        assert_eq!(sign_up(&format!("2001:db8:1:2::{n}"), n).await, 200);
    }
    assert_eq!(sign_up("2001:db8:1:2:ffff:ffff:ffff:ffff", 3).await, 429);
    assert_eq!(sign_up("2001:db8:1:3::1", 4).await, 200);
}

#[tokio::test]
async fn s_58_fifteen_wrong_pairs_block_the_sign_ins_of_a_client_for_a_day_and_of_nobody_else() {
    let server = ServerThread::start_with(&[
        PER_IP,
        PROXIES,
        ("BIOENTRUST_LIMITS__SIGN_UP_PER_IP", "20/1h"),
    ]);
    let client = server.client();
    let (john, tokens) = Person::registered(&client, "john@example.com").await;
    let right = json!({"email": john.email, "password": john.password});
    for n in 0..15 {
        let answer = post_as(&client, "192.0.2.1", "/user/signin", &wrong_sign_in(n)).await;
        assert_eq!(answer.status, 401, "{n}");
    }
    // Known and unknown, right and wrong: all the same.
    for form in [&right, &wrong_sign_in(99)] {
        assert_limited(&post_as(&client, "192.0.2.1", "/user/signin", form).await, "86400");
    }
    assert_eq!(post_as(&client, "192.0.2.2", "/user/signin", &right).await.status, 200);
    let refresh = client.request("GET", "/user/refresh").header("x-forwarded-for", "192.0.2.1");
    assert_eq!(client.send(refresh.bearer_auth(&tokens.refresh)).await.status, 200);
    server.advance(Duration::from_hours(24));
    assert_eq!(post_as(&client, "192.0.2.1", "/user/signin", &right).await.status, 200);
}

#[tokio::test]
async fn s_19_an_address_gets_one_code_a_minute_and_five_an_hour_whoever_asks() {
    let server = ServerThread::start_with(&[PER_DESTINATION]);
    let client = server.client();
    let person = Person::new("john@example.com");
    let sign_up = async || client.post("/user/signup", &person.sign_up_form()).await;
    let id = person.sign_up(&client).await;
    assert_limited(&sign_up().await, "60");
    server.advance(Duration::from_mins(1));
    let resend = client.post("/user/resend-otp", &json!({"otp_request_id": id})).await;
    assert_eq!(resend.status, 200);
    assert_limited(&sign_up().await, "60");
    for _ in 0..3 {
        server.advance(Duration::from_mins(1));
        assert_eq!(sign_up().await.status, 200);
    }
    server.advance(Duration::from_mins(4));
    // Too soon for a resend, and refused by the budget: the pending code stays alive.
    let resend = client.post("/user/resend-otp", &json!({"otp_request_id": id})).await;
    resend.assert_refused(429, "rate_limited");
    assert_eq!(client.inbox(&person.email).await.len(), 5);
}

#[tokio::test]
async fn s_19_a_resend_that_is_refused_replaces_no_code() {
    let server = ServerThread::start_with(&[
        PER_DESTINATION,
        ("BIOENTRUST_LIMITS__SENDS_PER_DESTINATION", "1/1h"),
    ]);
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, otp) = person.pending(&client).await;
    server.advance(Duration::from_mins(2));
    let resend = client.post("/user/resend-otp", &json!({"otp_request_id": id})).await;
    assert_limited(&resend, "3480");
    Tokens::of(&verify_email(&client, &id, &otp).await);
}

#[tokio::test]
async fn s_19_a_known_address_is_answered_409_and_costs_no_budget() {
    let server = ServerThread::start_with(&[PER_DESTINATION]);
    let client = server.client();
    let (john, _) = Person::registered(&client, "john@example.com").await;
    for _ in 0..10 {
        let answer = client.post("/user/signup", &john.sign_up_form()).await;
        answer.assert_refused(409, "email_taken");
    }
    let forgot = client.post("/user/forgot-password", &json!({"email": john.email})).await;
    assert_eq!(forgot.status, 200);
    client.reset_token_for(&john.email).await;
}

#[tokio::test]
async fn s_50_a_hidden_account_is_limited_like_a_fresh_sign_up() {
    let server = ServerThread::start_with(&[
        PER_DESTINATION,
        ("BIOENTRUST_SIGNUP__HIDE_EXISTING_ACCOUNTS", "true"),
    ]);
    let client = server.client();
    let (john, _) = Person::registered(&client, "john@example.com").await;
    server.advance(Duration::from_hours(24));
    for person in [john, Person::new("fresh@example.com")] {
        let sign_up = async || client.post("/user/signup", &person.sign_up_form()).await;
        assert_eq!(sign_up().await.status, 200);
        assert_limited(&sign_up().await, "60");
    }
}

#[tokio::test]
async fn s_19_a_spent_budget_of_reset_links_does_not_show() {
    let server = ServerThread::start_with(&[PER_DESTINATION]);
    let client = server.client();
    let (john, _) = Person::registered(&client, "john@example.com").await;
    let before = client.inbox(&john.email).await.len();
    let forgot = async |email: &str| {
        let answer = client.post("/user/forgot-password", &json!({"email": email})).await;
        answer.assert(200, r#"{"message":"Password reset link sent"}"#);
    };
    for _ in 0..10 {
        forgot(&john.email).await;
        forgot("nobody@example.com").await;
    }
    // A later request of another owner is mailed after all of those were dealt with.
    let (jane, _) = Person::registered(&client, "jane@example.com").await;
    forgot(&jane.email).await;
    client.reset_token_for(&jane.email).await;
    assert_eq!(client.inbox(&john.email).await.len(), before + 1);
    server.advance(Duration::from_mins(1));
    forgot(&john.email).await;
    client.reset_token_for(&john.email).await;
}

#[tokio::test]
async fn s_20_a_thousand_adjacent_numbers_and_foreign_prefixes_reach_nobody_beyond_the_budgets() {
    let server = ServerThread::start_with(&[
        ("BIOENTRUST_SMS__ALLOWED_COUNTRIES", "NG,GH"),
        ("BIOENTRUST_LIMITS__SMS_PER_ACCOUNT", "100/1day"),
    ]);
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let ask = async |number: String| {
        let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
        client.send(request.json(&json!({"phone_number": number}))).await
    };
    let (mut sent, mut refused) = (0, 0);
    for n in 0..1000 {
        let answer = ask(format!("+234801234{n:04}")).await;
        match answer.status {
            200 => sent += 1,
            429 => refused += 1,
            status => panic!("{status}: {}", answer.body),
        }
    }
    assert_eq!((sent, refused), (20, 980));
    for number in ["+14155552671", "+447400123456", "+88213123456", "+97912345678"] {
        ask(number.to_owned()).await.assert_refused(400, "invalid_field");
    }
    let ghanaian = ask("+233241234567".to_owned()).await;
    assert_eq!(ghanaian.status, 200, "another block, another country: {}", ghanaian.body);
    // Whoever opens another account finds the block as it is.
    let (_, other) = Person::registered(&client, "jane@example.com").await;
    let request = client.request("POST", "/user/send-sms").bearer_auth(&other.access);
    let answer = client.send(request.json(&json!({"phone_number": "+2348012349999"}))).await;
    answer.assert_refused(429, "rate_limited");
}

#[tokio::test]
async fn limits_switched_off_refuse_nobody() {
    let server = ServerThread::start_with(&[
        PER_IP,
        PER_DESTINATION,
        ("BIOENTRUST_LIMITS__ENABLED", "false"),
    ]);
    let client = server.client();
    let person = Person::new("john@example.com");
    for _ in 0..30 {
        assert_eq!(client.post("/user/signup", &person.sign_up_form()).await.status, 200);
    }
    for n in 0..30 {
        assert_eq!(client.post("/user/signin", &wrong_sign_in(n)).await.status, 401);
    }
}

#[tokio::test]
async fn in_development_clients_and_destinations_are_not_limited() {
    let server = ServerThread::start();
    let client = server.client();
    let person = Person::new("john@example.com");
    for _ in 0..30 {
        assert_eq!(client.post("/user/signup", &person.sign_up_form()).await.status, 200);
    }
}
