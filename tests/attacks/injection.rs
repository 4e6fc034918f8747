//! Input that means something to somebody further in: a database, a template, a mail, a header
//! (S-64, S-65, S-68, S-69).

use serde_json::{Value, json};
use test_support::{Client, Person, ServerThread, Tokens};

use crate::mint::parts;

/// Every field that is read, of every endpoint.
const FIELDS: [(&str, &[&str]); 8] = [
    ("/user/signup", &["first_name", "last_name", "email", "password"]),
    ("/user/signin", &["email", "password"]),
    ("/user/verify-email", &["otp", "otp_request_id"]),
    ("/user/verify-sms", &["otp", "otp_request_id", "app_id"]),
    ("/user/resend-otp", &["otp_request_id"]),
    ("/user/forgot-password", &["email"]),
    ("/user/send-sms", &["phone_number", "app_id"]),
    ("/auth/reset-password", &["email", "password"]),
];

/// A form that is well-formed everywhere.
fn form() -> Value {
    json!({
        "first_name": "John", "last_name": "Doe", "email": "john@example.com",
        "password": "correct horse battery", "otp": "123456",
        "otp_request_id": "AAAAAAAAAAAAAAAAAAAAAA", "app_id": "web", "phone_number": "+2348012345678",
    })
}

async fn post_with(client: &Client, path: &str, tokens: &Tokens, form: &Value) -> (u16, String) {
    let request = client.request("POST", path).bearer_auth(&tokens.access);
    let answer = client.send(request.json(form)).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn s_68_no_field_takes_an_operator_or_anything_but_its_own_type() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, tokens) = Person::registered(&client, "john@example.com").await;
    for (path, fields) in FIELDS {
        for field in fields {
            for value in [
                json!({"$gt": ""}),
                json!({"$ne": null}),
                json!({"$regex": ".*"}),
                json!({"$where": "sleep(5000)"}),
                json!({"$in": ["john@example.com"]}),
                json!({"$function": {"body": "return true", "args": [], "lang": "js"}}),
                json!({"__proto__": {"admin": true}}),
                json!(["john@example.com", "correct horse battery"]),
                json!([[]]),
                json!(1.5),
                json!(true),
            ] {
                let mut form = form();
                form[field] = value.clone();
                let (status, body) = post_with(&client, path, &tokens, &form).await;
                assert_eq!(status, 400, "{path} {field}: {value}: {body}");
                assert!(!body.contains('$') && !body.contains("proto"), "echoed: {body}");
            }
        }
    }
    assert_eq!(person.sign_in(&client).await.status, 200, "and nothing has changed");
}

#[tokio::test]
async fn s_68_operators_written_as_text_are_text() {
    let server = ServerThread::start();
    let client = server.client();
    Person::registered(&client, "john@example.com").await;
    for text in [
        r#"{"$gt":""}"#,
        "[$ne]=1",
        "' OR '1'='1",
        "' || this.password || '",
        "'; return true; var x='",
        "*)(uid=*))(|(uid=*",
        "john@example.com' --",
        "john@example.com/**/",
        "%",
        "_",
        ".*",
    ] {
        for (email, password) in
            [(text, "correct horse battery"), ("john@example.com", text), (text, text)]
        {
            let form = json!({"email": email, "password": password});
            let status = client.post("/user/signin", &form).await.status;
            assert!([400, 401, 429].contains(&status), "{text}: {status}");
        }
        server.advance(std::time::Duration::from_mins(15));
    }
}

/// S-69: whatever else a form holds is not stored: the account, its tokens and its mail are those
/// of a form without it.
#[tokio::test]
async fn s_69_fields_that_nobody_asked_for_are_not_kept() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, plain) = Person::registered(&client, "plain@example.com").await;
    let mut form = Person::new("john@example.com").sign_up_form();
    for (name, value) in [
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
        ("is_admin", json!(true)),
        ("verified", json!(true)),
        ("_id", json!("000000000000000000000000")),
        ("id", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("sub", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("epoch", json!(7)),
        ("password_hash", json!("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA")),
        ("password_version", json!(99)),
        ("phone", json!({"number": "+2348012345678", "verified_at": 0})),
        ("phone_number", json!("+2348012345678")),
        ("otp", json!("000000")),
        ("otp_request_id", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("decoy", json!(false)),
        ("__proto__", json!({"role": "admin"})),
        ("constructor", json!({"prototype": {"role": "admin"}})),
        ("$set", json!({"role": "admin"})),
        ("$where", json!("1")),
        ("email.address", json!("evil@example.com")),
        ("profile.role", json!("admin")),
        ("email\u{0}", json!("evil@example.com")),
        (" email", json!("evil@example.com")),
        ("Email", json!("evil@example.com")),
        ("", json!("")),
    ] {
        form[name] = value;
    }
    let answer = client.post("/user/signup", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
    assert_ne!(id, "AAAAAAAAAAAAAAAAAAAAAA");
    let otp = client.code_for("john@example.com").await;
    let tokens = Tokens::of(&test_support::verify_email(&client, &id, &otp).await);
    for (token, plain) in [(&tokens.access, &plain.access), (&tokens.refresh, &plain.refresh)] {
        let [_, payload] = parts(token);
        let [_, plain] = parts(plain);
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&payload), names(&plain));
        assert_eq!(payload["epoch"], plain["epoch"]);
        assert_ne!(payload["sub"], "AAAAAAAAAAAAAAAAAAAAAA");
    }
    assert!(client.inbox("evil@example.com").await.is_empty());
    assert_eq!(Person::new("john@example.com").sign_in(&client).await.status, 200);
}

/// S-64: a name in a mail is the name, for whatever template language it is written in.
#[tokio::test]
async fn s_64_a_name_is_not_evaluated_by_the_template_it_ends_up_in() {
    let server = ServerThread::start();
    let client = server.client();
    for (number, name) in [
        "{{ 7 * 191 }}",
        "{{7*191}}",
        "{{ code }}",
        "{{ code | safe }}",
        "{{ self }}",
        "{{ range(1337) }}",
        "{% for x in range(1337) %}1337{% endfor %}",
        "{% include 'layout.html' %}",
        "{# 7 #}",
        "${7*191}",
        "#{7*191}",
        "<%= 7*191 %>",
        "${jndi:ldap://127.0.0.1/a}",
        "%(code)s",
        "%s%n%x",
        "{0}{1}{code}",
        "=cmd|'/c calc'!A1",
    ]
    .into_iter()
    .enumerate()
    {
        let person = Person::new(&format!("p{number}@example.com"));
        let mut form = person.sign_up_form();
        form["first_name"] = json!(name);
        assert_eq!(client.post("/user/signup", &form).await.status, 200, "{name}");
        let message = client.inbox(&person.email).await.remove(0);
        let (code, text) = (message["code"].as_str().unwrap(), message["text"].as_str().unwrap());
        // Names are spaced out so that mail programs make no link of them.
        let squeezed = |text: &str| text.replace(' ', "");
        assert!(squeezed(text).contains(&squeezed(&format!("Hello {name},"))), "{text}");
        assert_eq!(text.matches(code).count(), 1, "{text}");
        assert_eq!(message["subject"], "Your BioEntrust code");
        assert!(!message.to_string().contains("1337") || name.contains("1337"), "{message}");
    }
}

/// S-64, S-65: nothing that a mail's header could end with gets as far as a mail.
#[tokio::test]
async fn s_64_no_line_ends_in_a_name_or_an_address() {
    let server = ServerThread::start();
    let client = server.client();
    let breaks = ["\r\n", "\n", "\r", "\u{0}", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}"];
    for line_end in breaks {
        for field in ["first_name", "last_name", "email"] {
            for value in [
                format!("a{line_end}Bcc: evil@example.com"),
                format!("a{line_end}{line_end}<h1>body</h1>"),
                format!("a@example.com{line_end}"),
                format!("{line_end}a@example.com"),
            ] {
                let mut form = Person::new("john@example.com").sign_up_form();
                form[field] = json!(value);
                let answer = client.post("/user/signup", &form).await;
                assert_eq!((answer.status, answer.code()), (400, "invalid_field"), "{value:?}");
            }
        }
    }
    assert!(client.inbox("john@example.com").await.is_empty());
    assert!(client.inbox("evil@example.com").await.is_empty());
}

/// The session remembers the user agent, as much of it as makes sense.
#[tokio::test]
async fn s_64_a_monstrous_user_agent_changes_nothing() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, _) = Person::registered(&client, "john@example.com").await;
    for agent in [
        vec![b'A'; 10_000],
        b"\xff\xfe\x80 not utf-8".to_vec(),
        b"sqlmap' OR 1=1 --".to_vec(),
        b"() { :;}; /bin/id".to_vec(),
        b"${jndi:ldap://127.0.0.1/a}".to_vec(),
        "\u{202e}agent".into(),
        Vec::new(),
    ] {
        let form = json!({"email": person.email, "password": person.password});
        let value = reqwest::header::HeaderValue::from_bytes(&agent).unwrap();
        let request = client.request("POST", "/user/signin").header("user-agent", value);
        let tokens = Tokens::of(&client.send(request.json(&form)).await);
        let answer = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
        assert_eq!(answer.status, 200);
    }
}
