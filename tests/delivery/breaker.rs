//! What an operator sees of a relay that fails (F-11).

use serde_json::Value;
use test_support::{Client, Person, wait_for_async};

use super::office::Office;

#[tokio::test]
async fn a_failing_relay_degrades_health_shows_in_the_deliveries_and_costs_no_request() {
    let office = Office::open();
    let admin = Client::new(format!("http://{}", office.server().admin_address()));
    office.sink.refuse();
    for number in 0..6 {
        Person::new(&format!("user{number}@example.com")).sign_up(&office.client()).await;
    }
    let health = wait_for_async(|| async {
        let answer = admin.get("/health/ready").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let health = answer.json();
        (health["status"] == "degraded").then_some(health)
    })
    .await;
    let components = &health["components"];
    for (component, condition) in [
        ("notification_dispatch", "degraded"),
        ("email_channel", "degraded"),
        ("sms_channel", "ok"),
    ] {
        assert_eq!(components[component], condition, "{health}");
    }
    let page = admin.get("/deliveries?state=waiting").await;
    let waiting = page.json()["deliveries"].as_array().unwrap().clone();
    assert!(waiting.len() >= 5, "{}", page.body);
    for delivery in &waiting {
        assert_eq!(delivery["kind"], "sign_up_code");
        assert!(delivery["last_error"].as_str().unwrap().starts_with("not delivered for now"));
    }
    assert!(!page.body.contains("user0@") && page.body.contains("u***@example.com"));
    assert_ne!(waiting[0]["request_id"], Value::Null);
}
