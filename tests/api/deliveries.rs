//! `GET /deliveries`, which only the admin listener answers.

use serde_json::{Value, json};
use test_support::{Client, Person, ServerThread};

fn admin(server: &ServerThread) -> Client {
    Client::new(format!("http://{}", server.admin_address()))
}

fn ids(page: &Value) -> Vec<u64> {
    page["deliveries"].as_array().unwrap().iter().map(|d| d["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn an_operator_sees_what_became_of_a_mail_and_neither_address_nor_code_s79() {
    let server = ServerThread::start();
    let client = server.client();
    let request = client.request("POST", "/user/signup").header("x-request-id", "sign-up-of-john");
    let person = Person::new("john@example.com");
    let form = json!({
        "first_name": "John", "last_name": "Doe",
        "email": person.email, "password": person.password,
    });
    assert_eq!(client.send(request.json(&form)).await.status, 200);
    let answer = admin(&server).get("/deliveries").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let page = answer.json();
    let delivery = &page["deliveries"][0];
    for (field, value) in [
        ("id", json!(1)),
        ("medium", json!("email")),
        ("kind", json!("sign_up_code")),
        ("to", json!("j***@example.com")),
        ("state", json!("delivered")),
        ("tries", json!(1)),
        ("last_error", Value::Null),
        ("request_id", json!("sign-up-of-john")),
        ("queued_at", json!("2022-01-16T14:40:00.000Z")),
        ("changed_at", json!("2022-01-16T14:40:00.000Z")),
    ] {
        assert_eq!(delivery[field], value, "{field}: {delivery}");
    }
    assert_eq!(delivery.as_object().unwrap().len(), 10, "{delivery}");
    assert_eq!(page["next"], Value::Null);
    let mail = client.get("/dev/inbox.json").await.json();
    let code = mail[0]["code"].as_str().unwrap();
    assert!(!answer.body.contains(code) && !answer.body.contains("john@"), "{}", answer.body);
}

#[tokio::test]
async fn the_api_s_listener_does_not_know_it() {
    let server = ServerThread::start();
    server.client().get("/deliveries").await.assert_refused(404, "not_found");
}

#[tokio::test]
async fn pages_go_back_in_time_and_filters_narrow_them() {
    let server = ServerThread::start();
    for number in 0..5 {
        Person::new(&format!("user{number}@example.com")).sign_up(&server.client()).await;
    }
    let admin = admin(&server);
    let page = admin.get("/deliveries?limit=2").await.json();
    assert_eq!((ids(&page), &page["next"]), (vec![5, 4], &json!(4)));
    let page = admin.get("/deliveries?limit=3&before=4").await.json();
    assert_eq!((ids(&page), &page["next"]), (vec![3, 2, 1], &Value::Null));
    let page = admin.get("/deliveries?medium=sms").await.json();
    assert_eq!(ids(&page), [] as [u64; 0]);
    let page = admin.get("/deliveries?state=delivered&medium=email&limit=1000").await.json();
    assert_eq!(ids(&page).len(), 5);
    let page = admin.get("/deliveries?state=perhaps_delivered").await.json();
    assert_eq!(ids(&page), [] as [u64; 0]);
}

#[tokio::test]
async fn a_query_it_does_not_understand_is_refused() {
    let server = ServerThread::start();
    let admin = admin(&server);
    for query in ["state=lost", "medium=fax", "before=-1", "limit=x", "to=john@example.com"] {
        let answer = admin.get(&format!("/deliveries?{query}")).await;
        answer.assert_refused(400, "malformed_query");
    }
}
