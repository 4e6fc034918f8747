//! An HTTP client that keeps an answer whole.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A client of one server.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Client {
    /// A client of the server at `base`; it follows no redirect.
    pub fn new(base: String) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self { base, http: http.build().unwrap() }
    }

    /// `path` as a whole URL.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Host and port, for those who speak TCP.
    pub fn authority(&self) -> &str {
        self.base.strip_prefix("http://").unwrap()
    }

    /// A request to be completed and given to [`Client::send`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, self.url(path))
    }

    /// Sends a request; the server must answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("the server answers")
    }

    /// `Err` when the server went away.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, body: response.text().await? })
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request("POST", path).json(body)).await
    }

    /// A body exactly as given, as `application/json`.
    pub async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.send(request.body(body)).await
    }

    /// A request with a token.
    pub async fn with_bearer(&self, method: &str, path: &str, token: &str) -> Answer {
        self.send(self.request(method, path).bearer_auth(token)).await
    }

    /// Messages in the development inbox for `to`, newest first.
    pub async fn inbox(&self, to: &str) -> Vec<Value> {
        let request = self.request("GET", "/dev/inbox.json").query(&[("to", to)]);
        let answer = self.send(request).await;
        assert_eq!(answer.status, 200);
        answer.json().as_array().unwrap().clone()
    }

    /// The newest code sent to `to`.
    pub async fn code_for(&self, to: &str) -> String {
        self.newest(to, "code").await
    }

    /// The token in the newest reset link sent to `to`, once it is there: links are mailed after
    /// the answer.
    pub async fn reset_token_for(&self, to: &str) -> String {
        let link = self.newest(to, "link").await;
        link.split_once("#token=").expect("the token is in the fragment").1.to_owned()
    }

    /// The newest code sent to `to`, or `None` when the server went away.
    pub async fn try_code_for(&self, to: &str) -> Option<String> {
        let request = self.request("GET", "/dev/inbox.json").query(&[("to", to)]);
        let answer = self.try_send(request).await.ok()?;
        answer.json()[0]["code"].as_str().map(str::to_owned)
    }

    async fn newest(&self, to: &str, field: &str) -> String {
        for _ in 0..200 {
            let messages = self.inbox(to).await;
            if let Some(found) = messages.first().and_then(|newest| newest[field].as_str()) {
                return found.to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no {field} arrived for {to}");
    }
}

impl Answer {
    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    /// A header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The `X-Error-Code`.
    pub fn code(&self) -> &str {
        self.header("x-error-code").unwrap_or("(none)")
    }

    /// Asserts the status and the body, byte for byte.
    #[track_caller]
    pub fn assert(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (status, body));
    }

    /// Asserts a refusal by status and code.
    #[track_caller]
    pub fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
    }
}
