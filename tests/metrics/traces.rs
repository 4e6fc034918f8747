//! What a collector of traces gets.

use test_support::{Person, ServerProcess, Tokens, wait_for, wait_for_async};

use crate::collector::Collector;

const ENDPOINT: &str = "BIOENTRUST_TELEMETRY__OTLP_ENDPOINT";
const RATIO: &str = "BIOENTRUST_TELEMETRY__SAMPLE_RATIO";
const TRUST: &str = "BIOENTRUST_TELEMETRY__TRUST_TRACEPARENT";

/// A trace that somebody else began.
const TRACE: [u8; 16] = *b"a trace of yours";
const TRACEPARENT: &str = "00-61207472616365206f6620796f757273-00f067aa0ba902b7-01";

#[tokio::test]
async fn a_sign_up_and_a_sign_in_are_traced_without_a_word_about_who_it_was() {
    let collector = Collector::start().await;
    let settings = [
        (ENDPOINT, collector.endpoint()),
        (RATIO, "1.0"),
        ("BIOENTRUST_TELEMETRY__OTLP_HEADERS", "x-collector-token: a secret of ours"),
    ];
    let mut server = ServerProcess::start_with(&settings).await;
    let client = server.client();
    let person = Person::new("john@example.com");
    let (id, code) = person.pending(&client).await;
    let first = Tokens::of(&test_support::verify_email(&client, &id, &code).await);
    let second = Tokens::of(&person.sign_in(&client).await);
    let request =
        client.request("GET", "/user/protected").header("x-request-id", "the-protected-one");
    assert_eq!(client.send(request.bearer_auth(&second.access)).await.status, 200);
    client.get("/nowhere/john@example.com").await.assert_refused(404, "not_found");
    server.signal("TERM");
    assert!(server.ended().await.success());

    let received = collector.received();
    assert!(received.heads.starts_with("POST /v1/traces HTTP/1.1"), "{}", received.heads);
    assert!(received.heads.contains("application/x-protobuf"), "{}", received.heads);
    assert!(received.heads.contains("x-collector-token: a secret of ours"), "{}", received.heads);
    for name in [
        "bioentrust-auth",
        "POST /user/signup",
        "POST /user/verify-email",
        "POST /user/signin",
        "GET unmatched",
        "flow",
        "user_store FindUserByEmail",
        "password_hasher HashPassword",
        "password_hasher VerifyPassword",
        "revocation_registry OpenSession",
        "revocation_reader CheckStanding",
        "http.response.status_code",
        "the-protected-one",
    ] {
        assert!(received.has(name), "{name}");
    }
    for personal in [
        &person.email,
        "john",
        "John",
        "example.com",
        &person.password,
        &code,
        &id,
        &first.access,
        &first.refresh,
        &second.access,
        "127.0.0.1",
    ] {
        assert!(!received.has(personal), "{personal}");
    }
}

#[tokio::test]
async fn a_trace_of_others_is_continued_only_where_they_are_trusted() {
    let collector = Collector::start().await;
    let trace = |trust: &'static str, ratio: &'static str| {
        let endpoint = collector.endpoint().to_owned();
        async move {
            let settings = [(ENDPOINT, endpoint.as_str()), (RATIO, ratio), (TRUST, trust)];
            let mut server = ServerProcess::start_with(&settings).await;
            let client = server.client();
            let request = client.request("GET", "/user/home").header("traceparent", TRACEPARENT);
            assert_eq!(client.send(request).await.status, 200);
            server.signal("TERM");
            assert!(server.ended().await.success());
        }
    };
    trace("false", "1.0").await;
    assert!(collector.received().has("GET /user/home"));
    assert!(!collector.received().has(TRACE), "not a client's");
    trace("true", "0.0").await;
    assert!(collector.received().has(TRACE), "sampled, as theirs is");
}

#[tokio::test]
async fn a_collector_that_is_down_or_silent_costs_no_request_and_no_orderly_end() {
    // Takes connections, and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for endpoint in ["http://127.0.0.1:9", silent.as_str()] {
        let mut server = ServerProcess::start_with(&[(ENDPOINT, endpoint), (RATIO, "1.0")]).await;
        let client = server.client();
        Person::registered(&client, "john@example.com").await;
        server.signal("TERM");
        assert!(server.ended().await.success());
        let log = server.log();
        assert!(log.contains("the last spans are lost") || log.contains("do not reach"), "{log}");
    }
}

#[tokio::test]
async fn spans_are_sent_while_the_server_runs() {
    let collector = Collector::start().await;
    let settings = [(ENDPOINT, collector.endpoint()), (RATIO, "1.0")];
    let server = ServerProcess::start_with(&settings).await;
    server.client().get("/user/home").await;
    wait_for(|| collector.received().has("GET /user/home").then_some(())).await;
    // The log has neither these spans nor theirs.
    let (client, log) = (server.client(), || server.log());
    wait_for_async(|| async {
        Person::new("jane@example.com").sign_in(&client).await;
        log().contains("request{request_id").then_some(())
    })
    .await;
    assert!(!log().contains("flow") && !log().contains("otel"), "{}", log());
}
