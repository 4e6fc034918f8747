//! Mails and text messages: their language, their parts, and the news that owners get.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Client, Person, ServerProcess, ServerThread, Tokens, binary, wait_for_async};

const EMAIL: &str = "ada@example.com";

/// `POST path` as a browser in this language does, and the message that `to` gets for it.
async fn message_for(client: &Client, to: &str, language: &str, path: &str, form: &Value) -> Value {
    let before = client.inbox(to).await.len();
    let request = client.request("POST", path).header("accept-language", language);
    let answer = client.send(request.json(form)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    wait_for_async(|| async {
        let mut messages = client.inbox(to).await;
        (messages.len() > before).then(|| messages.remove(0))
    })
    .await
}

fn text<'m>(message: &'m Value, part: &str) -> &'m str {
    message[part].as_str().unwrap()
}

/// The newest message to `EMAIL`, which brings neither code nor link, by its subject.
async fn news(client: &Client) -> Value {
    let message = client.inbox(EMAIL).await.remove(0);
    assert_eq!((&message["code"], &message["link"]), (&Value::Null, &Value::Null));
    message
}

#[tokio::test]
async fn a_request_in_french_gets_a_french_mail_and_one_in_no_known_language_an_english_one() {
    let server = ServerThread::start();
    let client = server.client();
    for (number, (language, subject, greeting)) in [
        ("fr", "Votre code BioEntrust", "Bonjour John,"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "Votre code BioEntrust", "Bonjour John,"),
        ("de, en;q=0.5", "Your BioEntrust code", "Hello John,"),
        ("xx", "Your BioEntrust code", "Hello John,"),
        (";;;,q=9", "Your BioEntrust code", "Hello John,"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = Person::new(&format!("john{number}@example.com"));
        let (to, form) = (&person.email, person.sign_up_form());
        let message = message_for(&client, to, language, "/user/signup", &form).await;
        assert_eq!(message["subject"], subject, "{language}");
        assert!(text(&message, "text").starts_with(greeting), "{language}");
        assert!(text(&message, "html").contains(greeting), "{language}");
        let code = text(&message, "code");
        assert!(text(&message, "text").contains(code) && text(&message, "html").contains(code));
    }
}

#[tokio::test]
async fn what_follows_the_answer_is_in_the_language_of_its_own_request() {
    let server = ServerThread::start();
    let client = server.client();
    let (mut person, tokens) = Person::registered(&client, EMAIL).await;
    let form = json!({"email": EMAIL});
    let link = message_for(&client, EMAIL, "fr", "/user/forgot-password", &form).await;
    assert_eq!(link["subject"], "Choisissez un nouveau mot de passe BioEntrust");
    let href = format!("href=\"{}\"", text(&link, "link"));
    assert!(text(&link, "html").contains(&href));
    let token = client.reset_token_for(EMAIL).await;
    assert_eq!(person.reset_password(&client, &token, "a brand new one").await.status, 200);
    assert_eq!(news(&client).await["subject"], "Your BioEntrust password was changed");
    // The tokens died with the password.
    assert_eq!(client.with_bearer("GET", "/user/refresh", &tokens.refresh).await.status, 401);
}

#[tokio::test]
async fn the_operator_chooses_the_default_language_and_the_product_s_name() {
    let server = ServerThread::start_with(&[
        ("BIOENTRUST_NOTICES__DEFAULT_LANGUAGE", "fr"),
        ("BIOENTRUST_NOTICES__PRODUCT_NAME", "Société & Fils"),
    ]);
    let client = server.client();
    Person::new(EMAIL).sign_up(&client).await;
    let message = client.inbox(EMAIL).await.remove(0);
    assert_eq!(message["subject"], "Votre code Société & Fils");
    assert!(text(&message, "html").contains("Société &amp; Fils"));
}

#[tokio::test]
async fn s_107_the_owner_is_told_that_a_phone_number_was_added() {
    let server = ServerThread::start();
    let client = server.client();
    let (_, tokens) = Person::registered(&client, EMAIL).await;
    let phone = "+2348012345678";
    let request = client.request("POST", "/user/send-sms").bearer_auth(&tokens.access);
    let request = request.header("accept-language", "fr");
    let sent = client.send(request.json(&json!({"phone_number": phone}))).await;
    let sms = client.inbox(phone).await.remove(0);
    assert!(text(&sms, "text").contains("est votre code BioEntrust"), "{sms}");
    assert_eq!((&sms["subject"], &sms["html"]), (&Value::Null, &Value::Null));
    let form = json!({"otp": sms["code"], "otp_request_id": sent.json()["otp_request_id"]});
    let message = message_for(&client, EMAIL, "fr", "/user/verify-sms", &form).await;
    assert!(text(&message, "subject").starts_with("Un numéro de téléphone a été ajouté"));
    assert!(text(&message, "text").contains("se termine par 5678"));
    assert!(!text(&message, "text").contains("801234"), "{message}");
    assert_eq!((&message["code"], &message["link"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn s_107_the_owner_is_told_once_that_a_refresh_token_was_used_again() {
    let server = ServerThread::start_with(&[("BIOENTRUST_TOKENS__REFRESH_ROTATION", "true")]);
    let client = server.client();
    let (_, first) = Person::registered(&client, EMAIL).await;
    server.advance(Duration::from_mins(1));
    let second = Tokens::of(&client.with_bearer("GET", "/user/refresh", &first.refresh).await);
    let before = client.inbox(EMAIL).await.len();
    server.advance(Duration::from_mins(1));
    for _ in 0..2 {
        let answer = client.with_bearer("GET", "/user/refresh", &first.refresh).await;
        assert_eq!(answer.status, 401);
    }
    let message = news(&client).await;
    assert_eq!(message["subject"], "You were signed out of BioEntrust on one device");
    assert!(text(&message, "text").contains("2022-01-16 14:42 UTC"), "{message}");
    assert!(!message.to_string().contains(&second.refresh));
    assert_eq!(client.inbox(EMAIL).await.len(), before + 1);
}

#[tokio::test]
async fn s_107_the_owner_is_told_of_a_sign_in_after_five_failures_and_not_after_four() {
    let server = ServerThread::start();
    let client = server.client();
    let (person, _) = Person::registered(&client, EMAIL).await;
    let guesser = Person::with_password(EMAIL, "a wrong password");
    let before = client.inbox(EMAIL).await.len();
    for failures in [4, 5] {
        for _ in 0..failures {
            assert_eq!(guesser.sign_in(&client).await.status, 401);
        }
        assert_eq!(client.inbox(EMAIL).await.len(), before);
        server.advance(Duration::from_mins(1));
        Tokens::of(&person.sign_in(&client).await);
    }
    let message = news(&client).await;
    assert_eq!(message["subject"], "Sign-in to your BioEntrust account after failed attempts");
    assert!(text(&message, "text").contains("5 attempts with a wrong password"), "{message}");
    // The count begins anew.
    Tokens::of(&person.sign_in(&client).await);
    assert_eq!(client.inbox(EMAIL).await.len(), before + 1);
}

#[tokio::test]
async fn markup_in_a_name_reaches_no_mail_as_markup() {
    let server = ServerThread::start();
    let client = server.client();
    let mut form = Person::new(EMAIL).sign_up_form();
    form["first_name"] = json!("<a href=\"//evil\">{{7*7}}{% raw %}</a>");
    let message = message_for(&client, EMAIL, "en", "/user/signup", &form).await;
    let escaped = "Hello &lt;a href=&quot;//evil&quot;&gt;{{7*7}}{% raw %}&lt;/a&gt;,";
    assert_eq!(text(&message, "html").matches(escaped).count(), 1, "{message}");
    assert!(!text(&message, "html").contains("evil\""));
}

#[tokio::test]
async fn the_inbox_shows_a_mail_as_html_that_can_do_nothing() {
    let server = ServerThread::start();
    let client = server.client();
    Person::new(EMAIL).sign_up(&client).await;
    let message = client.inbox(EMAIL).await.remove(0);
    let page = client.get(&format!("/dev/inbox/{}", message["id"])).await;
    page.assert(200, text(&message, "html"));
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox; default-src 'none';"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    for nothing in ["/dev/inbox/999", "/dev/inbox/-1", "/dev/inbox/x", "/dev/inbox/"] {
        client.get(nothing).await.assert_refused(404, "not_found");
    }
}

#[tokio::test]
async fn templates_of_a_folder_are_used_and_checked_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sw");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("sign_up_code.subject.txt"), "Nambari yako ya {{ product_name }}").unwrap();
    let setting = ("BIOENTRUST_NOTICES__TEMPLATES", folder.path().to_str().unwrap());
    let server = ServerProcess::start_with(&[setting]).await;
    let form = Person::new(EMAIL).sign_up_form();
    let message = message_for(&server.client(), EMAIL, "sw-KE", "/user/signup", &form).await;
    assert_eq!(message["subject"], "Nambari yako ya BioEntrust");
    assert!(text(&message, "text").starts_with("Hello John,"));

    fs::write(path.join("phone_code.txt"), "\n{{ kode }}").unwrap();
    for command in [&["config", "check"][..], &["serve"]] {
        let output = binary().args(command).env(setting.0, setting.1).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("sw/phone_code.txt:2: there is no variable kode"), "{error}");
    }
}

#[test]
fn a_preview_is_written_to_files_and_faults_are_told() {
    let out = tempfile::tempdir().unwrap();
    let preview = |templates: Option<&std::path::Path>| {
        let mut command = binary();
        command.args(["templates", "preview", "--out"]).arg(out.path());
        if let Some(templates) = templates {
            command.arg("--templates").arg(templates);
        }
        command.output().unwrap()
    };
    let output = preview(None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("index.html"));
    let page = fs::read_to_string(out.path().join("fr/password_reset_link.html")).unwrap();
    assert!(page.contains("Choisir un nouveau mot de passe"));

    let templates = tempfile::tempdir().unwrap();
    fs::write(templates.path().join("layout.html"), "{% block intro %}").unwrap();
    let output = preview(Some(templates.path()));
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("layout.html:1: "), "{error}");
}
