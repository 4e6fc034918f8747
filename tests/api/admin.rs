//! The admin listener with a token.

use test_support::{Client, ServerProcess, ServerThread, binary};

const TOKEN: &str = "a-token-of-forty-characters-for-operators";

fn admin(server: &ServerThread) -> Client {
    Client::new(format!("http://{}", server.admin_address()))
}

#[tokio::test]
async fn without_its_token_no_route_answers_but_the_health_checks() {
    let server = ServerThread::start_with(&[("BIOENTRUST_SERVER__ADMIN_TOKEN", TOKEN)]);
    let admin = admin(&server);
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(admin.get(path).await.status, 200, "{path}");
    }
    // What is not there is guarded like what will be.
    for (path, status) in [
        ("/audit", 200),
        ("/metrics", 200),
        ("/deliveries", 200),
        ("/a-route-to-come", 404),
        ("/health", 404),
    ] {
        let answer = admin.get(path).await;
        answer.assert_refused(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
        for wrong in ["", "wrong", &TOKEN[1..], &TOKEN.to_uppercase(), &format!("{TOKEN}x")] {
            let answer = admin.with_bearer("GET", path, wrong).await;
            answer.assert_refused(401, "unauthorized");
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#), "{path} {wrong}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        assert_eq!(admin.with_bearer("GET", path, TOKEN).await.status, status, "{path}");
        let elsewhere = admin.get(&format!("{path}?access_token={TOKEN}")).await;
        elsewhere.assert_refused(401, "unauthorized");
    }
    // It opens nothing else.
    let answer = server.client().with_bearer("GET", "/user/protected", TOKEN).await;
    answer.assert_refused(401, "unauthorized");
}

#[test]
fn s_83_an_open_admin_listener_without_a_token_stops_the_start() {
    let mut serve = binary();
    serve.arg("serve").env("BIOENTRUST_SERVER__ADMIN_LISTEN", "0.0.0.0:0");
    let output = serve.output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("server.admin_token: is required"), "{text}");
}

#[tokio::test]
async fn s_79_the_token_is_neither_logged_nor_shown() {
    let settings = [
        ("BIOENTRUST_SERVER__ADMIN_TOKEN", TOKEN),
        ("BIOENTRUST_LOG__LEVEL", "trace"),
        ("BIOENTRUST_LOG__FORMAT", "json"),
    ];
    let server = ServerProcess::start_with(&settings).await;
    let admin = server.admin();
    assert_eq!(admin.with_bearer("GET", "/deliveries", TOKEN).await.status, 200);
    assert_eq!(admin.with_bearer("GET", "/deliveries", &TOKEN[1..]).await.status, 401);
    assert!(!server.log().contains(&TOKEN[1..]), "{}", server.log());
    let mut show = binary();
    show.args(["config", "show"]).env("BIOENTRUST_SERVER__ADMIN_TOKEN", TOKEN);
    let shown = String::from_utf8(show.output().unwrap().stdout).unwrap();
    assert!(shown.contains("admin_token = \"***\"") && !shown.contains(TOKEN), "{shown}");
}
