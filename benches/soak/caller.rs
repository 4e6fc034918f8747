//! Asks the server, and keeps account of every answer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::time::Instant;

/// A request that was answered, or not.
pub struct Exchange {
    pub path: &'static str,
    /// 0: there was no answer.
    pub status: u16,
    pub ms: f64,
}

/// Everybody's client.
pub struct Caller {
    http: Client,
    base: Mutex<String>,
    /// Since somebody last asked for them.
    exchanges: Mutex<Vec<Exchange>>,
    /// Whether the server is about to be killed, or down.
    killing: AtomicBool,
    failures: Mutex<Vec<String>>,
}

impl Default for Caller {
    fn default() -> Self {
        // Sooner than the server, which would close it under a request on a busy machine.
        let http = Client::builder().pool_idle_timeout(Duration::from_secs(2)).build();
        Self {
            http: http.expect("a client"),
            base: Mutex::default(),
            exchanges: Mutex::default(),
            killing: AtomicBool::default(),
            failures: Mutex::default(),
        }
    }
}

impl Caller {
    /// Where the server listens from now on.
    pub fn turn_to(&self, base: &str) {
        base.clone_into(&mut locked(&self.base));
    }

    /// From now on, or no longer, requests may stay without an answer.
    pub fn expect_kill(&self, expected: bool) {
        self.killing.store(expected, Ordering::Relaxed);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", locked(&self.base));
        self.http.request(method, url)
    }

    /// `POST path` with a JSON form.
    pub async fn post(&self, path: &'static str, form: &Value, status: u16) -> Option<Value> {
        self.ask(path, self.request(Method::POST, path).json(form), status).await
    }

    /// A request without a body.
    pub async fn bearer(
        &self,
        method: Method,
        path: &'static str,
        token: &str,
        status: u16,
    ) -> Option<Value> {
        self.ask(path, self.request(method, path).bearer_auth(token), status).await
    }

    /// The answer if it has that status. If not, that is a failure, unless it is missing while the
    /// server is killed: then the caller cannot know what became of the request.
    pub async fn ask(
        &self,
        path: &'static str,
        request: RequestBuilder,
        expected: u16,
    ) -> Option<Value> {
        let started = Instant::now();
        let (status, body) = exchange(request).await.unwrap_or_else(|error| (0, error.into()));
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        locked(&self.exchanges).push(Exchange { path, status, ms });
        if status == expected {
            return Some(body);
        }
        let excused = matches!(status, 0 | 503) && self.killing.load(Ordering::Relaxed);
        if !excused {
            self.fail(format!("{path} was answered {status} instead of {expected}: {body}"));
        }
        None
    }

    pub fn fail(&self, what: String) {
        println!("FAILURE: {what}");
        locked(&self.failures).push(what);
    }

    pub fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.failures))
    }

    pub fn take_exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut locked(&self.exchanges))
    }
}

/// Status and body, or what went wrong.
async fn exchange(request: RequestBuilder) -> Result<(u16, Value), String> {
    let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = answer.status().as_u16();
    let body = answer.json().await.map_err(|error| format!("{error:?}"))?;
    Ok((status, body))
}

/// How many had each status.
pub fn statuses<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for exchange in exchanges {
        *counts.entry(exchange.status).or_default() += 1;
    }
    counts
}

/// Nothing is left half done by a panic here.
pub fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
