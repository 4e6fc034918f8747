//! The development inbox: mails are shown as they are, and can do nothing.

use test_support::{Person, ServerProcess};

use crate::chromium::Chromium;

#[tokio::test]
async fn a_mail_is_shown_as_html_in_a_sandbox_and_its_link_leads_to_the_reset_page() {
    let Some(browser) = Chromium::start().await else { return };
    let server = ServerProcess::start().await;
    let client = server.client();
    let (person, _) = Person::registered(&client, "jo@example.com").await;
    person.forgot_password(&client).await;
    client.reset_token_for(&person.email).await;
    let newest = client.inbox(&person.email).await.remove(0);

    browser.page.goto(client.url("/dev/inbox")).await.unwrap();
    browser.until("document.querySelectorAll('article').length === 2").await;
    assert_eq!(
        browser.eval::<String>("document.querySelector('.link a').href").await,
        newest["link"]
    );
    let listen =
        "document.querySelector('iframe').onload = () => { globalThis.loaded = true }; true";
    assert!(browser.eval::<bool>(listen).await);
    browser.click("article summary").await;
    let mail = client.url(&format!("/dev/inbox/{}", newest["id"]));
    browser.until("globalThis.loaded === true").await;
    assert_eq!(browser.eval::<String>("document.querySelector('iframe').src").await, mail);
    assert!(
        browser.eval::<bool>("document.querySelector('iframe').contentDocument === null").await
    );
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        let file = std::path::Path::new(&folder).join("inbox.png");
        std::fs::write(file, browser.screenshot().await).unwrap();
    }

    // A new message comes on top; what is being read stays open.
    Person::new("ann@example.com").sign_up(&client).await;
    browser.until("document.querySelectorAll('article').length === 3").await;
    assert!(browser.eval::<bool>("document.querySelectorAll('details')[1].open").await);

    let notes = browser.notes();
    assert_eq!(notes.complaints, Vec::<String>::new());
    let own = client.url("/");
    let foreign = |url: &&String| !url.starts_with(&own) && *url != "about:blank";
    assert_eq!(notes.requests.iter().find(foreign), None);
}
