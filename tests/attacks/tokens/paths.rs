//! S-38, S-73: no spelling of a path and no method goes around the check.

use test_support::{Client, Person, ServerThread};

/// A request as it stands; the status.
async fn status(client: &Client, method: &str, target: &str, headers: &str) -> u16 {
    let request =
        format!("{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    let answer = client.exchange(request).await;
    let code = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{method} {target}: {answer}"));
    code.parse().unwrap()
}

/// Spellings that some servers read as `/user/NAME`.
fn spellings(scope: &str, name: &str) -> Vec<String> {
    let (first, rest) = name.split_at(1);
    let upper = first.to_uppercase();
    vec![
        format!("/{scope}/{name}"),
        format!("/{scope}/{name}/"),
        format!("/{scope}/{name}//"),
        format!("//{scope}/{name}"),
        format!("/{scope}//{name}"),
        format!("/./{scope}/{name}"),
        format!("/{scope}/./{name}"),
        format!("/{scope}/x/../{name}"),
        format!("/{scope}/%2e/{name}"),
        format!("/{scope}/x/%2e%2e/{name}"),
        format!("/{scope}%2f{name}"),
        format!("/{scope}%5c{name}"),
        format!("/{scope}\\{name}"),
        format!("/{scope}/{name}%00"),
        format!("/{scope}/{name}%20"),
        format!("/{scope}/{name};x=1"),
        format!("/{scope}/{name}.json"),
        format!("/{scope}/{name}?x=1"),
        format!("/{scope}/{name}%3f"),
        format!("/{scope}/{upper}{rest}"),
        format!("/{}/{name}", scope.to_uppercase()),
        format!("/{scope}/%{:02x}{rest}", first.as_bytes()[0]),
        format!("/{scope}/%25{:02x}{rest}", first.as_bytes()[0]),
        format!("http://localhost/{scope}/{name}"),
        format!("http://evil.example/{scope}/{name}"),
        format!("/user/home/../{name}"),
        format!("/user/home/..%2f{name}"),
        format!("/user/home;/../{name}"),
    ]
}

const PROTECTED: [(&str, &str, &str); 5] = [
    ("GET", "user", "protected"),
    ("GET", "user", "refresh"),
    ("DELETE", "user", "signout"),
    ("POST", "user", "send-sms"),
    ("POST", "auth", "reset-password"),
];

#[tokio::test]
async fn s_38_no_spelling_of_a_protected_path_opens_it_without_a_token() {
    let server = ServerThread::start();
    let client = server.client();
    for (method, scope, name) in PROTECTED {
        for target in spellings(scope, name) {
            let status = status(&client, method, &target, "").await;
            assert!([400, 401, 404, 411, 415].contains(&status), "{method} {target}: {status}");
        }
    }
}

#[tokio::test]
async fn s_38_no_spelling_or_method_opens_a_path_to_a_dead_session() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let out = client.with_bearer("DELETE", "/user/signout", &tokens.refresh).await;
    assert_eq!(out.status, 200);
    for (name, token) in [("protected", &tokens.access), ("refresh", &tokens.refresh)] {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        for target in spellings("user", name) {
            let status = status(&client, "GET", &target, &bearer).await;
            assert!([400, 401, 404].contains(&status), "{target}: {status}");
        }
        for method in ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "PROPFIND", "get", "GETX"] {
            let status = status(&client, method, &format!("/user/{name}"), &bearer).await;
            assert!([400, 401, 405].contains(&status), "{method}: {status}");
        }
    }
}

#[tokio::test]
async fn s_73_no_method_or_override_reaches_another_handler() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, "john@example.com").await;
    let bearer = format!("Authorization: Bearer {}\r\n", tokens.refresh);
    for method in ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "POST", "GET", "delete"] {
        let status = status(&client, method, "/user/signout", &bearer).await;
        assert!([400, 405].contains(&status), "{method}: {status}");
    }
    for header in [
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: DELETE",
        "X-Original-URL: /user/signout",
        "X-Rewrite-URL: /user/signout",
    ] {
        let headers = format!("{bearer}{header}\r\nContent-Length: 0\r\n");
        assert_eq!(status(&client, "POST", "/user/signout?_method=DELETE", &headers).await, 405);
        assert_eq!(status(&client, "GET", "/user/home", &headers).await, 200);
    }
    let connect = status(&client, "CONNECT", "evil.example:443", &bearer).await;
    assert!((400..500).contains(&connect), "{connect}");
    assert_eq!(client.with_bearer("GET", "/user/refresh", &tokens.refresh).await.status, 200);
}
