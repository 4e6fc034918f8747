//! A forgotten password, from the first request to the next sign-in.

use test_support::{Person, ServerProcess};

use crate::chromium::{Chromium, Notes};

/// The link in the newest mail, as its reader gets it.
async fn link(server: &ServerProcess, person: &Person) -> String {
    let client = server.client();
    assert_eq!(person.forgot_password(&client).await.status, 200);
    let token = client.reset_token_for(&person.email).await;
    client.url(&format!("/reset-password#token={token}"))
}

/// Nothing went wrong in the page that the server's own refusals do not explain, and it talked to
/// nobody else.
fn assert_clean(notes: &Notes, server: &ServerProcess, refusals: usize) {
    let refused = |note: &&String| note.contains("Failed to load resource");
    let explained = notes.complaints.iter().filter(refused).count();
    assert_eq!((notes.complaints.len(), explained), (refusals, refusals), "{notes:?}");
    let own = server.client().url("/");
    let foreign = |url: &&String| !url.starts_with(&own) && *url != "about:blank";
    assert_eq!(notes.requests.iter().find(foreign), None);
    // The token is in no address that was asked for.
    assert!(notes.requests.iter().all(|url| !url.contains("token")));
}

async fn choose(browser: &Chromium, email: &str, password: &str, repeat: &str) {
    browser.fill("#email", email).await;
    browser.fill("#password", password).await;
    browser.fill("#repeat", repeat).await;
    browser.click("#choose button").await;
}

const DONE: &str = "!document.querySelector('#done').hidden";
const DEAD: &str = "!document.querySelector('#dead').hidden";

#[tokio::test]
async fn a_forgotten_password_is_replaced_in_the_page_that_the_link_opens() {
    let Some(browser) = Chromium::start().await else { return };
    let server = ServerProcess::start().await;
    let client = server.client();
    let (mut person, _) = Person::registered(&client, "jo@example.com").await;
    let link = link(&server, &person).await;

    browser.page.goto(&link).await.unwrap();
    browser.until("!document.querySelector('#choose').hidden").await;
    // Gone from the address bar, and so from the history.
    assert_eq!(browser.eval::<String>("location.href").await, client.url("/reset-password"));
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        let file = std::path::Path::new(&folder).join("reset-password.png");
        std::fs::write(file, browser.screenshot().await).unwrap();
    }

    // The rule is told before anything is sent.
    choose(&browser, &person.email, "short", "short").await;
    browser.until("document.querySelector('#trouble').textContent.includes('at least 8')").await;
    choose(&browser, &person.email, "a new password", "another password").await;
    browser.until("document.querySelector('#trouble').textContent.includes('not the same')").await;
    assert!(!browser.notes().requests.iter().any(|url| url.contains("/auth/")));

    choose(&browser, &person.email, "a new password", "a new password").await;
    browser.until(DONE).await;
    assert_eq!(browser.eval::<String>("document.activeElement.id").await, "done");
    assert_clean(&browser.notes(), &server, 0);

    assert_eq!(person.sign_in(&client).await.status, 401);
    person.password = "a new password".to_owned();
    assert_eq!(person.sign_in(&client).await.status, 200);
}

#[tokio::test]
async fn a_used_link_a_foreign_address_and_no_link_end_in_words_and_a_way_on() {
    let Some(browser) = Chromium::start().await else { return };
    let server = ServerProcess::start().await;
    let client = server.client();
    let (person, _) = Person::registered(&client, "jo@example.com").await;
    let first = link(&server, &person).await;

    // Another address than the link's own.
    browser.page.goto(&first).await.unwrap();
    choose(&browser, "ann@example.com", "a new password", "a new password").await;
    browser.until("document.querySelector('#trouble').textContent.includes('did not work')").await;
    // The right one, once …
    choose(&browser, &person.email, "a new password", "a new password").await;
    browser.until(DONE).await;
    // … and not twice. (`about:blank` between: else only the fragment would change.)
    browser.page.goto("about:blank").await.unwrap();
    browser.page.goto(&first).await.unwrap();
    choose(&browser, &person.email, "yet another one", "yet another one").await;
    browser.until("document.querySelector('#trouble').textContent.includes('used already')").await;
    assert_clean(&browser.notes(), &server, 2);

    // Without a token there is nothing to try, but a way to another link.
    browser.page.goto("about:blank").await.unwrap();
    browser.page.goto(client.url("/reset-password")).await.unwrap();
    browser.until(DEAD).await;
    let before = client.inbox(&person.email).await.len();
    browser.fill("#address", &person.email).await;
    browser.click("#again button").await;
    browser.until("document.querySelector('#sent').textContent.includes('on its way')").await;
    client.reset_token_for(&person.email).await;
    assert!(client.inbox(&person.email).await.len() >= before);
}

#[tokio::test]
async fn an_expired_link_says_so_at_once() {
    let Some(browser) = Chromium::start().await else { return };
    let server = ServerProcess::start_with(&[("BIOENTRUST_TOKENS__RESET_TTL", "1s")]).await;
    let (person, _) = Person::registered(&server.client(), "jo@example.com").await;
    let link = link(&server, &person).await;
    browser.page.goto("about:blank").await.unwrap();
    browser.until("(globalThis.start ??= Date.now(), Date.now() - start > 2000)").await;
    browser.page.goto(&link).await.unwrap();
    browser.until(DEAD).await;
    assert_clean(&browser.notes(), &server, 0);
}
