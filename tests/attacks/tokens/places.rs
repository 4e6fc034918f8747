//! S-29: a token is in the `Authorization` header, once, and nowhere else.

use serde_json::json;
use test_support::{Client, Person, ServerThread, Tokens};

const UNAUTHORIZED: &str = r#"{"status":"error","message":"Unauthorized"}"#;

async fn with_session() -> (ServerThread, Client, Tokens) {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    (server, client, tokens)
}

#[tokio::test]
async fn s_29_a_token_in_the_url_a_cookie_or_another_header_is_not_looked_for() {
    let (_server, client, Tokens { access, refresh }) = with_session().await;
    for (method, path, token) in [
        ("GET", "/user/protected", &access),
        ("GET", "/user/refresh", &refresh),
        ("POST", "/user/refresh", &refresh),
        ("DELETE", "/user/signout", &refresh),
    ] {
        for query in ["access_token", "token", "authorization", "bearer", "jwt"] {
            let path = format!("{path}?{query}={token}&{query}=Bearer%20{token}");
            client.send(client.request(method, &path)).await.assert(401, UNAUTHORIZED);
        }
        for (name, value) in [
            ("cookie", format!("access_token={token}; token={token}; Authorization={token}")),
            ("x-access-token", token.clone()),
            ("x-auth-token", token.clone()),
            ("x-authorization", format!("Bearer {token}")),
            ("x-forwarded-authorization", format!("Bearer {token}")),
            ("proxy-authorization", format!("Bearer {token}")),
            ("authentication", format!("Bearer {token}")),
            ("authorization", token.clone()),
            ("authorization", format!("Basic {token}")),
            ("authorization", format!("Token {token}")),
            ("authorization", format!("JWT {token}")),
            ("authorization", format!("Bearer: {token}")),
            ("authorization", format!("Bearer\t{token}")),
            ("authorization", format!("Bearer token={token}")),
            ("authorization", format!("Bearer {token}, Bearer {token}")),
        ] {
            let request = client.request(method, path).header(name, &value);
            client.send(request).await.assert(401, UNAUTHORIZED);
        }
        let form = json!({"token": token, "access_token": token, "refresh": token});
        client.send(client.request(method, path).json(&form)).await.assert(401, UNAUTHORIZED);
    }
    // None of it signed anybody out.
    assert_eq!(client.with_bearer("GET", "/user/refresh", &refresh).await.status, 200);
}

#[tokio::test]
async fn s_29_two_authorizations_are_none() {
    let (_server, client, Tokens { access, .. }) = with_session().await;
    let own = format!("Bearer {access}");
    for (first, second) in [(own.as_str(), own.as_str()), (&own, "Bearer x"), ("Basic eDp5", &own)]
    {
        let request = client.request("GET", "/user/protected");
        let request = request.header("authorization", first).header("authorization", second);
        client.send(request).await.assert(401, UNAUTHORIZED);
    }
}

#[tokio::test]
async fn s_29_more_than_4096_bytes_are_refused_and_a_monstrous_head_too() {
    let (_server, client, Tokens { access, .. }) = with_session().await;
    for size in [4_097, 8_000, 60_000] {
        let padded = format!("{access}{}", "A".repeat(size - access.len()));
        client.with_bearer("GET", "/user/protected", &padded).await.assert(401, UNAUTHORIZED);
    }
    let head = format!(
        "GET /user/protected HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}",
        "A".repeat(1024 * 1024)
    );
    let answer = client.exchange(head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(client.with_bearer("GET", "/user/protected", &access).await.status, 200);
}
