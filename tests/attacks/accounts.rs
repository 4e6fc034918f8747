//! Accounts that are taken over before they exist, and doubled (S-43 to S-45).

use serde_json::json;
use test_support::{Client, Person, ServerThread, Tokens, all, resend_otp, verify_email};

const EMAIL: &str = "victim@example.com";
const PROXIES: (&str, &str) = ("BIOENTRUST_SERVER__TRUSTED_PROXIES", "127.0.0.1/32");

fn attacker() -> Person {
    Person::with_password(EMAIL, "the attacker's own")
}

fn victim() -> Person {
    Person::with_password(EMAIL, "the victim's own")
}

async fn sign_up_from(client: &Client, ip: &str, person: &Person) -> String {
    let request = client.request("POST", "/user/signup").header("x-forwarded-for", ip);
    let answer = client.send(request.json(&person.sign_up_form())).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["otp_request_id"].as_str().unwrap().to_owned()
}

/// The classic: the attacker's sign-up makes the server mail the victim, who takes the code for
/// their own. It opens nothing but the attacker's request, whose id the victim does not have.
#[tokio::test]
async fn s_44_a_code_that_an_attacker_had_sent_to_the_victim_is_useless_to_both() {
    let server = ServerThread::start();
    let client = server.client();
    let own = victim().sign_up(&client).await;
    let victims_code = client.code_for(EMAIL).await;
    let planted = attacker().sign_up(&client).await;
    let attackers_code = client.code_for(EMAIL).await;
    if victims_code != attackers_code {
        assert_eq!(verify_email(&client, &own, &attackers_code).await.status, 401);
        assert_eq!(verify_email(&client, &planted, &victims_code).await.status, 401);
    }
    Tokens::of(&verify_email(&client, &own, &victims_code).await);
    // What the attacker planted is gone with that, resent or not.
    assert_eq!(resend_otp(&client, &planted).await.status, 401);
    assert_eq!(verify_email(&client, &planted, &attackers_code).await.status, 401);
    assert_eq!(attacker().sign_in(&client).await.status, 401);
    assert_eq!(victim().sign_in(&client).await.status, 200);
}

/// S-44: nothing of the attacker's is in the account: no session, no number, no link.
#[tokio::test]
async fn s_44_whoever_waits_for_the_victim_to_verify_holds_nothing() {
    let server = ServerThread::start();
    let client = server.client();
    attacker().sign_up(&client).await;
    // No account yet: nothing to reset, nothing to sign in to.
    let before = client.inbox(EMAIL).await.len();
    assert_eq!(attacker().forgot_password(&client).await.status, 200);
    assert_eq!(attacker().sign_in(&client).await.status, 401);
    let tokens = victim().register(&client).await;
    let links = client.inbox(EMAIL).await;
    assert!(links.iter().all(|message| message["link"].is_null()), "{links:?}");
    assert_eq!(links.len(), before + 1);
    // The victim's is the only session: ten more evict none of somebody else's.
    assert_eq!(client.with_bearer("GET", "/user/protected", &tokens.access).await.status, 200);
    assert_eq!(attacker().sign_in(&client).await.status, 401);
}

/// S-45: five may be pending for one address. Who fills them from one place loses their own.
#[tokio::test]
async fn s_45_filling_the_pending_places_of_an_address_keeps_its_owner_from_nothing() {
    let server = ServerThread::start_with(&[PROXIES]);
    let client = server.client();
    for _ in 0..5 {
        sign_up_from(&client, "192.0.2.66", &attacker()).await;
    }
    let own = sign_up_from(&client, "198.51.100.1", &victim()).await;
    let otp = client.code_for(EMAIL).await;
    for _ in 0..20 {
        sign_up_from(&client, "192.0.2.66", &attacker()).await;
    }
    Tokens::of(&verify_email(&client, &own, &otp).await);
    assert_eq!(victim().sign_in(&client).await.status, 200);
}

/// An address in fifty spellings, which are one account (S-66).
fn spelling(n: usize) -> String {
    let local = "crowdedhouse".chars().enumerate();
    let upper = |at: usize| n >> at & 1 == 1;
    let local: String =
        local.map(|(at, c)| if upper(at) { c.to_ascii_uppercase() } else { c }).collect();
    format!("{local}@example.com")
}

/// S-43: everybody has the right code of their own request, and presents it at the same moment.
#[tokio::test]
async fn s_43_fifty_sign_ups_verified_at_once_make_one_account_with_one_password() {
    let server = ServerThread::start_with(&[("BIOENTRUST_PASSWORD__QUEUE", "100")]);
    let client = server.client();
    let people: Vec<Person> = (0..50)
        .map(|n| Person::with_password(&spelling(n), &format!("password number {n}")))
        .collect();
    let ids = all(people.iter().map(|person| person.sign_up(&client))).await;
    let mut codes = Vec::new();
    for person in &people {
        codes.push(client.try_code_for(&person.email).await.unwrap());
    }
    let pending = ids.iter().zip(&codes);
    let statuses =
        all(pending.map(|(id, otp)| async { verify_email(&client, id, otp).await.status })).await;
    assert!(statuses.iter().all(|status| [200, 401, 409].contains(status)), "{statuses:?}");
    let winners: Vec<usize> = (0..50).filter(|n| statuses[*n] == 200).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    for n in [winners[0], (winners[0] + 1) % 50, (winners[0] + 25) % 50] {
        let status = people[n].sign_in(&client).await.status;
        assert_eq!(status == 200, n == winners[0], "password of sign-up {n}");
    }
}

/// S-66: none of these is the victim's address in disguise, nor an account of its own that a mail
/// system would deliver to the victim.
#[tokio::test]
async fn s_66_look_alike_addresses_are_refused_or_other_accounts() {
    let server = ServerThread::start();
    let client = server.client();
    let mut owner = Person::new("admin@example.com");
    owner.register(&client).await;
    for look_alike in [
        "admin@example.com\u{0}",
        "admin@example.com ",
        " admin@example.com",
        "admin@example.com.",
        "admin@example.com,evil@example.org",
        "admin@example.com\r\nBcc: evil@example.org",
        "\"admin\"@example.com",
        "admin(comment)@example.com",
        "Admin <admin@example.com>",
        "аdmin@example.com", // Cyrillic
        "admin@exaｍple.com",
        "ADMİN@example.com",
        "admin@[127.0.0.1]",
        "admin%example.com@example.org",
        "admin@example",
    ] {
        let person = Person::with_password(look_alike, "the attacker's own");
        let answer = client.post("/user/signup", &person.sign_up_form()).await;
        // A domain in full-width letters is the domain itself: taken.
        assert!([400, 409].contains(&answer.status), "{look_alike:?}: {}", answer.body);
        let form = json!({"email": look_alike, "password": "the attacker's own"});
        assert_ne!(client.post("/user/signin", &form).await.status, 200, "{look_alike:?}");
    }
    owner.password.push('x');
    assert_eq!(owner.sign_in(&client).await.status, 401);
}
