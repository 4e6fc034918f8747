//! What is counted, and what never becomes a series.

use test_support::{Client, Person, ServerProcess, wait_for_async};

use crate::use_of_everything::{exercised, scrape};

#[tokio::test]
async fn only_the_admin_listener_answers_metrics_in_the_text_format() {
    let server = ServerProcess::start().await;
    server.client().get("/metrics").await.assert_refused(404, "not_found");
    let answer = server.admin().get("/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(answer.body.contains("# TYPE bioentrust_ready gauge"), "{}", answer.body);
}

#[tokio::test]
async fn requests_codes_and_sessions_are_counted_by_what_became_of_them() {
    let server = ServerProcess::start().await;
    let seen = exercised(&server).await;
    let expected: [(&str, f64); 16] = [
        (r#"http_requests_total{route="/user/signin",method="POST",status="200"}"#, 1.0),
        (r#"http_requests_total{route="/user/signin",method="POST",status="401"}"#, 1.0),
        (r#"http_request_duration_seconds_count{route="/user/signin",method="POST"}"#, 2.0),
        (r#"otp_issued_total{purpose="sign_up"}"#, 1.0),
        (r#"otp_verified_total{purpose="sign_up"}"#, 1.0),
        (r#"otp_issued_total{purpose="phone"}"#, 1.0),
        (r#"guard_failures_total{purpose="sign_in"}"#, 1.0),
        ("sessions_opened_total", 2.0),
        ("sessions_refreshed_total", 1.0),
        (r#"sessions_revoked_total{reason="signed_out"}"#, 1.0),
        // Before the new password and after it.
        ("account_revocations_total", 2.0),
        // Two of the sign-up and the reset, two wrong and right at the sign-in.
        ("hash_duration_seconds_count", 4.0),
        ("hash_wait_seconds_count", 4.0),
        (r#"component_health{component="store"}"#, 1.0),
        ("ready", 1.0),
        (r#"delivery_tries_total{medium="sms",result="delivered"}"#, 1.0),
    ];
    for (series, value) in expected {
        let counted = seen.value(&format!("bioentrust_{series}"));
        assert_eq!(counted.to_bits(), value.to_bits(), "{series} is {counted}");
    }
}

#[tokio::test]
async fn a_thousand_made_up_paths_and_methods_make_no_new_series() {
    let server = ServerProcess::start().await;
    let (client, admin) = (server.client(), server.admin());
    client.get("/made-up").await.assert_refused(404, "not_found");
    client.send(client.request("BREW", "/made-up")).await;
    client.send(client.request("BREW", "/docs/made-up.js")).await;
    client.get("/docs/made-up.js").await;
    let before = scrape(&admin).await;
    for number in 0..1000 {
        let path = match number % 4 {
            0 => format!("/user/{number}"),
            1 => format!("/docs/{number}.js"),
            2 => format!("/{number}?email=john{number}@example.com"),
            _ => format!("/user/home/{number}/../{number}"),
        };
        let method = if number % 5 == 0 { format!("BREW{number}") } else { "GET".to_owned() };
        client.send(client.request(&method, &path)).await;
    }
    let after = scrape(&admin).await;
    assert_eq!(
        after.series().difference(&before.series()).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let unmatched =
        r#"bioentrust_http_requests_total{route="unmatched",method="GET",status="404"}"#;
    assert!(after.value(unmatched) > 500.0, "they are counted all the same");
}

#[tokio::test]
async fn no_series_names_a_person() {
    let server = ServerProcess::start().await;
    exercised(&server).await;
    let text = server.admin().get("/metrics").await.body;
    for personal in ["john", "example.com", "234801", "127.0.0.1", "Doe"] {
        assert!(!text.contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_counted_as_aborted() {
    let server = ServerProcess::start_with(&[("BIOENTRUST_SERVER__BODY_TIMEOUT", "5m")]).await;
    let (client, admin) = (server.client(), server.admin());
    let head = format!(
        "POST /user/signin HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: 99\r\n\r\n{{",
        client.authority()
    );
    let stream = tokio::net::TcpStream::connect(client.authority()).await.unwrap();
    wait_for_async(|| async { stream.try_write(head.as_bytes()).ok() }).await;
    let in_flight = |count: f64| {
        let admin = admin.clone();
        wait_for_async(move || {
            let admin = admin.clone();
            async move {
                let seen = scrape(&admin).await;
                (seen.value("bioentrust_http_requests_in_flight") >= count).then_some(())
            }
        })
    };
    in_flight(1.0).await;
    drop(stream);
    let aborted = r#"bioentrust_http_requests_total{route="/user/signin",method="POST""#;
    wait_for_async(|| async {
        let seen = scrape(&admin).await;
        let ended = seen.series().iter().any(|series| series.starts_with(aborted));
        (ended && seen.value("bioentrust_http_requests_in_flight") == 0.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_an_admin_listener_the_server_works_and_nothing_is_recorded() {
    let server = ServerProcess::start_with(&[("BIOENTRUST_SERVER__ADMIN_LISTEN", "")]).await;
    let client: Client = server.client();
    Person::registered(&client, "john@example.com").await;
    client.get("/metrics").await.assert_refused(404, "not_found");
}
