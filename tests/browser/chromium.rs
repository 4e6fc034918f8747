//! A browser that notes whatever goes wrong in a page, and whom the page talks to.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chromiumoxide::browser::{Browser, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::cdp::browser_protocol::network::EventRequestWillBeSent;
use chromiumoxide::cdp::js_protocol::runtime::{EventConsoleApiCalled, EventExceptionThrown};
use chromiumoxide::page::{Page, ScreenshotParams};
use futures_util::StreamExt;
use tempfile::TempDir;

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one page.
pub struct Chromium {
    pub page: Page,
    notes: Arc<Mutex<Notes>>,
    _browser: Browser,
    _profile: TempDir,
}

#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Console messages, exceptions, refusals of the content security policy.
    pub complaints: Vec<String>,
    /// The address of every request.
    pub requests: Vec<String>,
}

impl Chromium {
    /// Starts it, or says loudly that there is none. In CI there must be one.
    pub async fn start() -> Option<Self> {
        let Some(program) = find() else {
            assert!(std::env::var_os("CI").is_none(), "no chromium, and CI leaves nothing out");
            let _ = writeln!(std::io::stderr(), "\nLEFT OUT: the browser tests need chromium\n");
            return None;
        };
        let profile = TempDir::new().unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .user_data_dir(profile.path())
            // Tests run as root in containers, where the sandbox cannot be set up.
            .no_sandbox()
            .window_size(390, 844)
            .args(["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"])
            .launch_timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        let (browser, mut events) = Browser::launch(config).await.unwrap();
        tokio::spawn(async move { while events.next().await.is_some() {} });
        let page = browser.new_page("about:blank").await.unwrap();
        let notes = Arc::default();
        listen(&page, &notes).await;
        Some(Self { page, notes, _browser: browser, _profile: profile })
    }

    pub fn notes(&self) -> Notes {
        self.notes.lock().unwrap().clone()
    }

    /// Evaluates an expression in the page.
    pub async fn eval<T: serde::de::DeserializeOwned>(&self, expression: &str) -> T {
        self.page.evaluate(expression).await.unwrap().into_value().unwrap()
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) {
        for _ in 0..1000 {
            if self.eval::<bool>(expression).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let text: String = self.eval("document.body.innerText").await;
        panic!("never true: {expression}; the page says: {text}");
    }

    /// Types into a field as a person does, key by key, in place of what is there.
    pub async fn fill(&self, selector: &str, text: &str) {
        let clear = format!("document.querySelector({selector:?}).value = ''");
        self.page.evaluate(clear).await.unwrap();
        let field = self.page.find_element(selector).await.unwrap();
        field.click().await.unwrap().type_str(text).await.unwrap();
    }

    pub async fn click(&self, selector: &str) {
        self.page.find_element(selector).await.unwrap().click().await.unwrap();
    }

    /// The page as a PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.page.screenshot(ScreenshotParams::builder().full_page(true).build()).await.unwrap()
    }
}

fn find() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("CHROMIUM") {
        return Some(program.into());
    }
    let path = std::env::var_os("PATH")?;
    let candidates =
        std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

async fn listen(page: &Page, notes: &Arc<Mutex<Notes>>) {
    let mut requests = page.event_listener::<EventRequestWillBeSent>().await.unwrap();
    let mut entries = page.event_listener::<EventEntryAdded>().await.unwrap();
    let mut messages = page.event_listener::<EventConsoleApiCalled>().await.unwrap();
    let mut exceptions = page.event_listener::<EventExceptionThrown>().await.unwrap();
    page.execute(chromiumoxide::cdp::browser_protocol::log::EnableParams::default()).await.unwrap();
    let notes = Arc::clone(notes);
    tokio::spawn(async move {
        loop {
            let note = tokio::select! {
                Some(event) = requests.next() => {
                    notes.lock().unwrap().requests.push(event.request.url.clone());
                    continue;
                }
                Some(event) = entries.next() => event.entry.text.clone(),
                Some(event) = messages.next() => format!("{:?}", event.args),
                Some(event) = exceptions.next() => event.exception_details.text.clone(),
                else => return,
            };
            notes.lock().unwrap().complaints.push(note);
        }
    });
}
