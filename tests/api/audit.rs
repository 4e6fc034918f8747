//! `GET /audit`: the record of what everybody did (S-78), which shows no secret (S-79).

use std::time::Duration;

use serde_json::{Value, json};
use test_support::{
    Client, Person, ServerProcess, ServerThread, Tokens, verify_email, wait_for_async,
};

const EMAIL: &str = "canary.person@example.com";
const PHONE: &str = "+2348012345678";

fn admin(server: &ServerThread) -> Client {
    Client::new(format!("http://{}", server.admin_address()))
}

/// The events of a page, as (event, outcome).
fn acts(page: &Value) -> Vec<(&str, &str)> {
    let act = |event| (field_of(event, "event"), field_of(event, "outcome"));
    events(page).iter().map(act).collect()
}

fn events(page: &Value) -> &Vec<Value> {
    page["events"].as_array().unwrap()
}

fn field_of<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("no {field}: {event}"))
}

/// The page at `query`, once it has `count` events: those of other nodes take a second.
async fn page_of(admin: &Client, query: &str, count: usize) -> Value {
    wait_for_async(|| async {
        let answer = admin.get(&format!("/audit?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = answer.json();
        (events(&page).len() >= count).then_some(page)
    })
    .await
}

/// The account of the last code that was proved.
async fn newest_account(admin: &Client) -> String {
    let page = page_of(admin, "event=verify_email&limit=1", 1).await;
    field_of(&events(&page)[0], "user").to_owned()
}

/// One life, a minute between its acts, which so have an order on all nodes. What it was told and
/// must not be on record.
async fn live(server: &ServerThread, admin: Option<&Client>) -> Vec<String> {
    let client = server.client();
    let minute = || server.advance(Duration::from_mins(1));
    let mut person = Person::with_password(EMAIL, "canary-password-1");
    let (id, otp) = person.pending(&client).await;
    minute();
    let first = Tokens::of(&verify_email(&client, &id, &otp).await);
    minute();
    Person::with_password(EMAIL, "canary-password-2").sign_in(&client).await;
    minute();
    let second = Tokens::of(&person.sign_in(&client).await);
    minute();
    assert_eq!(client.with_bearer("POST", "/user/refresh", &second.refresh).await.status, 200);
    minute();
    assert_eq!(client.with_bearer("DELETE", "/user/signout", &first.refresh).await.status, 200);
    minute();
    person.forgot_password(&client).await;
    let link = client.reset_token_for(EMAIL).await;
    if let Some(admin) = admin {
        // Noted after the answer.
        page_of(admin, "event=forgot_password", 1).await;
    }
    minute();
    assert_eq!(person.reset_password(&client, &link, "canary-password-3").await.status, 200);
    let mut secrets: Vec<String> = (1..=3).map(|n| format!("canary-password-{n}")).collect();
    secrets.extend([first.access, first.refresh, second.access, second.refresh, link, id]);
    secrets.extend([format!("\"{otp}\""), EMAIL.to_owned(), "canary".to_owned()]);
    secrets
}

const OF_THE_ACCOUNT: [(&str, &str); 7] = [
    ("reset_password", "success"),
    ("forgot_password", "success"),
    ("sign_out", "success"),
    ("refresh", "success"),
    ("sign_in", "success"),
    ("sign_in", "failure"),
    ("verify_email", "success"),
];

#[tokio::test]
async fn s_78_the_acts_of_an_account_are_on_record_and_no_secret_is_s_79() {
    let server = ServerThread::start();
    let admin = admin(&server);
    let secrets = live(&server, Some(&admin)).await;
    let user = newest_account(&admin).await;
    let page = page_of(&admin, &format!("user={user}"), 7).await;
    assert_eq!(acts(&page), OF_THE_ACCOUNT);
    assert_eq!(page["next"], Value::Null);
    let factors = events(&page).iter().map(|event| event["factor"].as_str());
    let expected =
        ["reset_link", "", "refresh_token", "refresh_token", "password", "password", "email_code"];
    assert!(factors.map(Option::unwrap_or_default).eq(expected), "{page}");
    for event in events(&page) {
        assert_eq!((&event["user"], &event["subject"]), (&json!(user), &Value::Null), "{event}");
        assert_eq!(event["ip"], "127.0.0.1");
        assert!(field_of(event, "request_id").len() >= 8, "{event}");
        assert!(field_of(event, "at").starts_with("2022-01-16T14:4"), "{event}");
    }
    // Before there was an account.
    let page = page_of(&admin, "event=sign_up", 1).await;
    let event = &events(&page)[0];
    assert_eq!((&event["user"], &event["subject"]), (&Value::Null, &json!("c***@example.com")));
    // All there is: what other nodes recorded as well.
    page_of(&admin, "event=server_start", 1).await;
    let all = page_of(&admin, "limit=500", 10).await.to_string();
    for secret in secrets {
        assert!(!all.contains(&secret), "{secret}: {all}");
    }
}

#[tokio::test]
async fn pages_of_two_tell_the_same_as_one_whatever_is_added_meanwhile() {
    let server = ServerThread::start();
    let admin = admin(&server);
    live(&server, Some(&admin)).await;
    let user = newest_account(&admin).await;
    page_of(&admin, &format!("user={user}"), 7).await;
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/audit?user={user}&limit=2{after}")).await.json();
        found.extend(acts(&page).iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
        server.advance(Duration::from_mins(1));
        Person::with_password(EMAIL, "wrong").sign_in(&server.client()).await;
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(events(&page).len(), 2);
        after = format!("&after={next}");
    }
    let found: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(found, OF_THE_ACCOUNT);
}

#[tokio::test]
async fn filters_narrow_the_answer_each_and_together() {
    let server = ServerThread::start();
    let admin = admin(&server);
    live(&server, Some(&admin)).await;
    let user = newest_account(&admin).await;
    let sign_ins = page_of(&admin, &format!("user={user}&event=sign_in"), 2).await;
    assert_eq!(acts(&sign_ins), [("sign_in", "success"), ("sign_in", "failure")]);
    let (first, last) = ("2022-01-16T14:42:00Z", "2022-01-16T14:43:00Z");
    for (query, count) in [
        (format!("event=sign_in&since={first}&until={last}"), 1),
        (format!("event=sign_in&since={first}"), 2),
        (format!("event=sign_in&until={first}"), 0),
        (format!("user={user}&since={first}&until=2022-01-16T15:44:00%2B01:00"), 2),
        ("user=AAAAAAAAAAAAAAAAAAAAAA".to_owned(), 0),
        ("event=lock".to_owned(), 0),
    ] {
        let page = admin.get(&format!("/audit?{query}")).await.json();
        assert_eq!(events(&page).len(), count, "{query}: {page}");
    }
}

#[tokio::test]
async fn a_query_it_does_not_understand_is_refused_by_name() {
    let server = ServerThread::start();
    let admin = admin(&server);
    for (query, named) in [
        ("user=john", "user must be the id of an account"),
        ("event=signin", "event must be the name of an event"),
        ("since=yesterday", "since must be a time such as 2026-01-16T14:40:00Z"),
        ("until=", "until must be a time such as 2026-01-16T14:40:00Z"),
        ("limit=0", "limit must be from 1 to 500"),
        ("limit=501", "limit must be from 1 to 500"),
        ("after=42", "after must be the `next` of another page"),
        ("before=42", "before is not known here, or is given twice"),
        ("limit=1&limit=2", "limit is not known here, or is given twice"),
        ("%3Cscript%3E=1", "a parameter is not known here, or is given twice"),
    ] {
        let answer = admin.get(&format!("/audit?{query}")).await;
        answer.assert_refused(400, "malformed_query");
        assert_eq!(answer.json(), json!({ "error": named }), "{query}");
    }
    server.client().get("/audit").await.assert_refused(404, "not_found");
}

#[tokio::test]
async fn a_phone_s_codes_are_on_record_and_neither_number_nor_code_is_s_79() {
    let server = ServerThread::start();
    let (client, admin) = (server.client(), admin(&server));
    let (_, tokens) = Person::registered(&client, EMAIL).await;
    let form = json!({"phone_number": PHONE});
    let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
    let id = client.send(request.json(&form)).await.json()["otp_request_id"].clone();
    let code = client.code_for(PHONE).await;
    server.advance(Duration::from_mins(1));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let verify = async |otp: &str| {
        client.post("/user/verify-sms", &json!({"otp": otp, "otp_request_id": id})).await.status
    };
    assert_eq!(verify(wrong).await, 401);
    server.advance(Duration::from_mins(1));
    assert_eq!(verify(&code).await, 200);
    let user = newest_account(&admin).await;
    let page = page_of(&admin, &format!("user={user}"), 4).await;
    assert_eq!(acts(&page)[..2], [("verify_phone", "success"), ("verify_phone", "failure")]);
    let page = page_of(&admin, &format!("user={user}&event=send_code"), 1).await;
    assert_eq!(
        (acts(&page), &page["events"][0]["factor"]),
        (vec![("send_code", "success")], &json!("sms_code"))
    );
    let all = page_of(&admin, "limit=500", 7).await.to_string();
    assert!(!all.contains(&PHONE[1..]) && !all.contains(&format!("\"{code}\"")), "{all}");
}

#[tokio::test]
async fn a_hundred_failures_in_a_row_lock_an_address_and_that_is_on_record() {
    let server = ServerThread::start();
    let (client, admin) = (server.client(), admin(&server));
    Person::registered(&client, EMAIL).await;
    let wrong = Person::with_password(EMAIL, "wrong");
    for _ in 0..102 {
        // Longer than the longest delay.
        server.advance(Duration::from_mins(15));
        assert_eq!(wrong.sign_in(&client).await.status, 401);
    }
    let locks = page_of(&admin, "event=lock", 1).await;
    assert_eq!(acts(&locks), [("lock", "blocked")]);
    assert_eq!(locks["events"][0]["user"], json!(newest_account(&admin).await));
}

#[tokio::test]
async fn what_was_written_survives_a_kill() {
    let mut server = ServerProcess::start().await;
    Person::registered(&server.client(), EMAIL).await;
    // Of a sign-up: the code, its acceptance, its proof. Whatever was asked for is written.
    for (event, count) in [("send_code", 1), ("sign_up", 1), ("verify_email", 1)] {
        page_of(&server.admin(), &format!("event={event}"), count).await;
    }
    let before = page_of(&server.admin(), "limit=500", 4).await;
    server.kill();
    server.restart().await;
    let after = page_of(&server.admin(), "limit=500", events(&before).len()).await;
    for event in events(&before) {
        assert!(events(&after).contains(event), "{event} is gone: {after}");
    }
}

#[tokio::test]
async fn s_100_what_waits_at_the_end_is_written() {
    let mut server = ServerProcess::start().await;
    server.signal("TERM");
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log());
    server.kill();
    server.restart().await;
    let page = page_of(&server.admin(), "event=server_stop", 1).await;
    assert_eq!(acts(&page), [("server_stop", "success")]);
}

#[tokio::test]
async fn s_82_no_request_fails_because_the_queue_is_full_or_the_trail_off() {
    for setting in [("BIOENTRUST_AUDIT__QUEUE", "1"), ("BIOENTRUST_AUDIT__ENABLED", "false")] {
        let server = ServerThread::start_with(&[setting]);
        live(&server, None).await;
    }
}
