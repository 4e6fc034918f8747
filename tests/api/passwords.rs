//! Which passwords may be chosen, and what becomes of their hashes (S-02, S-07 to S-10).

use std::fs;
use std::path::Path;

use actors::domain::{EmailAddress, PasswordHash, PersonName};
use actors::user_store::{CreateUser, CreateUserOutcome, FindUserByEmail, User};
use serde_json::json;

use test_support::{Client, Person, ServerProcess, ServerThread, Tokens, wait_for};

const TOO_COMMON: &str = r#"{"error":"Password is too common"}"#;
const CHECKED: (&str, &str) = ("BIOENTRUST_PASSWORD__CHECK_COMMON", "on");
const ITERATIONS: &str = "BIOENTRUST_PASSWORD__ITERATIONS";
const PEPPERS: &str = "BIOENTRUST_PASSWORD__PEPPER_FILES";

#[tokio::test]
async fn s_08_common_passwords_and_own_names_are_refused_at_sign_up() {
    let server = ServerThread::start_with(&[CHECKED]);
    let client = server.client();
    for password in ["password", "PassWord1", "john.doe", "Doe-John 1999", "bioentrust!"] {
        let person = Person::with_password("j.d@example.com", password);
        let answer = client.post("/user/signup", &person.sign_up_form()).await;
        answer.assert(400, TOO_COMMON);
        assert_eq!(answer.code(), "password_too_common");
    }
    // The length comes first, and what is not on any list is welcome.
    let short = Person::with_password("j.d@example.com", "john");
    let answer = client.post("/user/signup", &short.sign_up_form()).await;
    answer.assert(400, r#"{"error":"Password should be more than 7 characters"}"#);
    Person::with_password("j.d@example.com", "John rides 3 horses").register(&client).await;
}

#[tokio::test]
async fn development_lets_anybody_have_any_password() {
    let server = ServerThread::start();
    let client = server.client();
    Person::with_password("john@example.com", "password").register(&client).await;
}

#[tokio::test]
async fn a_common_password_from_before_the_check_still_signs_in() {
    let mut server = ServerProcess::start().await;
    let person = Person::with_password("john@example.com", "password");
    person.register(&server.client()).await;
    server.set(CHECKED.0, CHECKED.1);
    server.restart().await;
    signs_in(&person, &server.client()).await;
}

#[tokio::test]
async fn a_password_that_another_system_did_not_normalise_signs_in() {
    let server = ServerThread::start();
    let user =
        import(&server, "$2b$05$..CA.uOD/eaGAOmJB.yMBuQjk6uQhaDvdeQtn7DLYweyolRzGjdru").await;
    let email = user.email.deliverable();
    let decomposed = Person::with_password(email, "pa\u{308}sswo\u{308}rd");
    assert_eq!(decomposed.sign_in(&server.client()).await.status, 200);
}

#[tokio::test]
async fn s_08_a_reset_says_too_common_to_the_holder_of_the_link_only_and_the_link_lives() {
    let server = ServerThread::start_with(&[CHECKED]);
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "john@example.com").await;
    person.forgot_password(&client).await;
    let link = client.reset_token_for(&person.email).await;

    let refused = r#"{"error":"Invalid token or password"}"#;
    person.reset_password(&client, "not a token", "password1").await.assert(400, refused);
    let mut other = Person::new("jane@example.com");
    other.reset_password(&client, &link, "password1").await.assert(400, refused);
    person.reset_password(&client, &link, "short").await.assert(400, refused);

    for password in ["password1", "John Doe 12"] {
        let answer = person.reset_password(&client, &link, password).await;
        answer.assert(400, TOO_COMMON);
        assert_eq!(answer.code(), "password_too_common");
    }
    let answer = person.reset_password(&client, &link, "a brand new one").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Renewals of hashes in the log, which must be JSON.
fn renewals(server: &ServerProcess) -> usize {
    server.log().lines().filter(|line| line.contains("\"renew_hash\"")).count()
}

async fn signs_in(person: &Person, client: &Client) {
    let answer = person.sign_in(client).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn s_07_a_hash_below_the_present_cost_is_renewed_once_and_the_session_lives() {
    let mut server = ServerProcess::start_with(&[("BIOENTRUST_LOG__FORMAT", "json")]).await;
    let (person, tokens) = Person::registered(&server.client(), "john@example.com").await;
    signs_in(&person, &server.client()).await;
    server.set(ITERATIONS, "2");
    server.restart().await;
    signs_in(&person, &server.client()).await;
    wait_for(|| (renewals(&server) == 1).then_some(())).await;
    // As good as any: it is left alone, also when the cost is lowered again.
    signs_in(&person, &server.client()).await;
    server.set(ITERATIONS, "1");
    server.restart().await;
    let client = server.client();
    signs_in(&person, &client).await;
    let answer = client.with_bearer("GET", "/user/protected", &tokens.access).await;
    assert_eq!(answer.status, 200, "a better hash is no change of the password");
    Person::with_password(&person.email, "wrong")
        .sign_in(&client)
        .await
        .assert_refused(401, "invalid_credentials");
    assert_eq!(renewals(&server), 1);
}

#[tokio::test]
async fn s_09_a_pepper_is_introduced_rotated_and_missed() {
    let folder = tempfile::TempDir::new().unwrap();
    let pepper = |id: &str, key: &str| {
        let path = folder.path().join(id);
        fs::write(&path, key).unwrap();
        format!("{id}:{}", path.display())
    };
    let first = pepper("first", "kGx7!canary-pepper-one-2Wq_vLz9RtYp");
    let second = pepper("second", "kGx7!canary-pepper-two-8Hj_mNb3FdSa");
    let settings = [("BIOENTRUST_LOG__FORMAT", "json"), ("BIOENTRUST_LOG__LEVEL", "trace")];
    let mut server = ServerProcess::start_with(&settings).await;
    let (person, _) = Person::registered(&server.client(), "john@example.com").await;

    for (peppers, renewed) in
        [(first.clone(), 1), (format!("{second},{first}"), 2), (second.clone(), 2)]
    {
        server.set(PEPPERS, &peppers);
        server.restart().await;
        signs_in(&person, &server.client()).await;
        wait_for(|| (renewals(&server) == renewed).then_some(())).await;
        let wrong = Person::with_password(&person.email, "wrong").sign_in(&server.client()).await;
        wrong.assert_refused(401, "invalid_credentials");
    }
    // An operator's fault is not the user's: neither is told that the password is wrong.
    server.set(PEPPERS, &first);
    server.restart().await;
    for password in [person.password.as_str(), "wrong"] {
        let somebody = Person::with_password(&person.email, password);
        somebody.sign_in(&server.client()).await.assert_refused(503, "unavailable");
    }
    let log = server.log();
    let fault = log.lines().find(|line| line.contains("needs a pepper")).unwrap();
    assert!(fault.contains("ERROR") && fault.contains("second"), "{fault}");
    assert!(!log.contains("canary-pepper"));
    assert_not_stored(&server.data(), "canary-pepper");
}

#[test]
fn s_83_a_pepper_that_cannot_be_used_stops_the_start_and_is_named() {
    let mut command = test_support::binary();
    command.env(PEPPERS, "a:/nowhere/pepper").env("BIOENTRUST_SERVER__LISTEN", "127.0.0.1:0");
    command.env("BIOENTRUST_SERVER__ADMIN_LISTEN", "");
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("password.pepper_files: /nowhere/pepper"), "{told}");
}

/// An account whose hash another system made.
async fn import(server: &ServerThread, hash: &str) -> User {
    let created = server.actors().users.ask(CreateUser {
        email: EmailAddress::parse("imported@example.com").unwrap(),
        first_name: PersonName::parse("Jo").unwrap(),
        last_name: PersonName::parse("Doe").unwrap(),
        password_hash: PasswordHash::from_phc(hash.to_owned()),
    });
    match created.await.unwrap() {
        CreateUserOutcome::Created(user) => user,
        CreateUserOutcome::EmailTaken => panic!("a new address"),
    }
}

async fn stored_hash(server: &ServerThread, user: &User) -> String {
    let found = server.actors().users.ask(FindUserByEmail { email: user.email.clone() }).await;
    found.unwrap().unwrap().password_hash.as_phc().to_owned()
}

#[tokio::test]
async fn users_of_other_systems_sign_in_and_get_a_hash_of_ours() {
    for hash in [
        "$2b$05$..CA.uOD/eaGAOmJB.yMBu2NOdFRYV4ZXZ5Sq1lPuk2tVBVZv.ULO",
        "$meteor$2b$04$..CA.uOD/eaGAOmJB.yMBuqtFd68XW0NGZ4TGY23Cj5qn7oK0LO8S",
        "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$ppsXnjrdPB4KryJ6DrOqKqhkWrhv7PbKAMF1Eml8cZ4",
    ] {
        let server = ServerThread::start();
        let client = server.client();
        let user = import(&server, hash).await;
        let mut person = Person::with_password("imported@example.com", "correct horse");
        assert_eq!(person.sign_in(&client).await.status, 401);
        assert_eq!(stored_hash(&server, &user).await, hash, "a wrong password renews nothing");
        person.password = "correct horse battery staple".to_owned();
        Tokens::of(&person.sign_in(&client).await);
        while !stored_hash(&server, &user).await.starts_with("$argon2id$v=19$m=64,t=1,p=1$") {
            tokio::task::yield_now().await;
        }
        Tokens::of(&person.sign_in(&client).await);
    }
}

#[tokio::test]
async fn s_02_s_46_an_unusable_hash_is_a_wrong_password_that_a_reset_mends() {
    let server = ServerThread::start();
    let client = server.client();
    import(&server, "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4").await;
    let mut person = Person::with_password("imported@example.com", "password");
    let answer = person.sign_in(&client).await;
    answer.assert(401, r#"{"error":"Invalid login credentials"}"#);
    person.forgot_password(&client).await;
    let link = client.reset_token_for(&person.email).await;
    assert_eq!(person.reset_password(&client, &link, "a brand new one").await.status, 200);
    assert_eq!(person.sign_in(&client).await.status, 200);
}

/// S-10. Passwords that were chosen, mistyped, presented and refused, and what carries them.
#[tokio::test]
async fn s_10_no_password_is_in_any_stored_byte_log_line_or_delivery() {
    let settings = [("BIOENTRUST_LOG__LEVEL", "trace"), CHECKED];
    let mut server = ServerProcess::start_with(&settings).await;
    let client = server.client();
    let email = "john@example.com";
    let mut person = Person::with_password(email, "canary-one chosen");
    Person::with_password(email, "canary-two never verified").sign_up(&client).await;
    let session = person.register(&client).await;
    Person::with_password(email, "canary-six taken").sign_in(&client).await;
    client.post("/user/signup", &person.sign_up_form()).await.assert_refused(409, "email_taken");
    let form = json!({"email": email, "password": "canary-three unused"});
    assert_eq!(client.post("/user/forgot-password", &form).await.status, 200);
    let link = client.reset_token_for(email).await;
    let answer = person.reset_password(&client, "no token", "canary-four refused").await;
    assert_eq!(answer.status, 400);
    assert_eq!(person.reset_password(&client, &link, "canary-five reset").await.status, 200);
    signs_in(&person, &client).await;

    for message in client.inbox(email).await {
        assert!(!message.to_string().contains("canary"), "{message}");
    }
    let log = server.log();
    assert!(log.contains("reset_password"), "the log is there");
    server.kill();
    for secret in ["canary-", session.access.as_str(), session.refresh.as_str(), link.as_str()] {
        assert!(!log.contains(secret));
        assert_not_stored(&server.data(), secret);
    }
    let hash = b"$argon2id$v=19$m=64,t=1,p=1$";
    let store = fs::read(server.data().join("store.redb")).unwrap();
    assert!(store.windows(hash.len()).any(|bytes| bytes == hash), "what is looked for is found");
}

/// That no file under `folder` holds `secret`, as UTF-8 or as UTF-16.
fn assert_not_stored(folder: &Path, secret: &str) {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let content = fs::read(&path).unwrap();
        for form in [secret.as_bytes(), &wide] {
            let found = content.windows(form.len()).any(|bytes| bytes == form);
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}
