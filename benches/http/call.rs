//! One HTTP request, for `wrk` as well as for `reqwest`.

use futures_util::{StreamExt, stream};
use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Client, Method};
use serde_json::Value;

use bench_support::server::block_on;

/// How many of many are asked at once.
const AT_ONCE: usize = 16;

/// What is asked, of whatever server.
#[derive(Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<String>,
}

/// What came of it.
pub struct Answer {
    /// As a `Cookie` header gives them back.
    pub cookies: String,
    /// JSON, never `null`.
    pub body: Value,
}

impl Call {
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: None }
    }

    /// With a JSON form.
    pub fn post(path: &str, form: &Value) -> Self {
        Self::post_as("application/json", path, form.to_string())
    }

    /// With a body of that type.
    pub fn post_as(content_type: &str, path: &str, body: String) -> Self {
        let call = Self { method: Method::POST, body: Some(body), ..Self::get(path) };
        call.header("Content-Type", content_type)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends it; the answer of a success.
    pub async fn ask(&self, http: &Client, base: &str) -> Answer {
        let mut request = http.request(self.method.clone(), format!("{base}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(self.body.clone().unwrap_or_default()).send().await;
        let answer = answer.expect("an answer");
        assert!(answer.status().is_success(), "{}: {}", self.path, answer.status());
        let cookies = cookies(answer.headers());
        let body: Value = answer.json().await.expect("JSON");
        assert!(!body.is_null(), "{} knows nobody", self.path);
        Answer { cookies, body }
    }
}

/// All answers, in order.
pub fn ask_all(base: &str, calls: &[Call]) -> Vec<Answer> {
    let http = Client::new();
    let asking = stream::iter(calls).map(|call| call.ask(&http, base)).buffered(AT_ONCE);
    block_on(asking.collect())
}

fn cookies(headers: &HeaderMap) -> String {
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let pairs: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).collect();
    pairs.join("; ")
}
