//! An HTTP client that keeps an answer whole.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::process::wait_for_async;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// A client of one server, or of several nodes, of which each request meets any.
#[derive(Clone)]
pub struct Client {
    nodes: Vec<String>,
    http: reqwest::Client,
    seen: Arc<Mutex<Seen>>,
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
        Self::of_nodes(vec![base])
    }

    /// A client behind a load balancer, so to say.
    pub fn of_nodes(nodes: Vec<String>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Sooner than the server, which would close it under a request on a busy machine.
            .pool_idle_timeout(Duration::from_secs(5));
        Self { nodes, http: http.build().unwrap(), seen: Arc::default() }
    }

    /// A client of one of the nodes.
    #[must_use]
    pub fn of_node(&self, place: usize) -> Self {
        Self { nodes: vec![self.nodes[place].clone()], ..self.clone() }
    }

    /// `path` as a whole URL, of any node.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.nodes[rand::random_range(0..self.nodes.len())])
    }

    /// Host and port of the first node, for those who speak TCP.
    pub fn authority(&self) -> &str {
        self.nodes[0].strip_prefix("http://").unwrap()
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
        let answer = exchange(request).await?;
        if self.nodes.len() > 1 {
            // Nodes do not share the development inbox: what this request sent is the newest.
            self.all_messages().await?;
        }
        Ok(answer)
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

    /// Asserts that an access token is refused: at once by a server, within a second by every node.
    pub async fn refuses(&self, access: &str) {
        for place in 0..self.nodes.len() {
            let node = self.of_node(place);
            let status = || async {
                let answer = node.with_bearer("GET", "/user/protected", access).await;
                (answer.status == 401).then_some(())
            };
            if self.nodes.len() == 1 {
                assert!(status().await.is_some(), "a token is still accepted");
            } else {
                wait_for_async(status).await;
            }
        }
    }

    /// Messages in the development inbox for `to`, newest first.
    pub async fn inbox(&self, to: &str) -> Vec<Value> {
        let all = self.all_messages().await.expect("the server answers");
        let is_to = |message: &Value| {
            message["to"].as_str().is_some_and(|other| other.eq_ignore_ascii_case(to))
        };
        all.into_iter().filter(is_to).collect()
    }

    /// Messages in the development inboxes of all nodes, newest first.
    async fn all_messages(&self) -> reqwest::Result<Vec<Value>> {
        let mut all = Vec::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let answer = exchange(self.http.get(format!("{node}/dev/inbox.json"))).await?;
            if answer.status == 200 {
                let messages = answer.json().as_array().unwrap().clone();
                all.extend(messages.into_iter().map(|message| (place, message)));
            }
        }
        Ok(self.seen.lock().unwrap().newest_first(all))
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
        let all = self.all_messages().await.ok()?;
        let newest = all.into_iter().find(|message| message["to"] == to)?;
        newest["code"].as_str().map(str::to_owned)
    }

    async fn newest(&self, to: &str, field: &str) -> String {
        wait_for_async(|| async {
            let messages = self.inbox(to).await;
            messages.first()?[field].as_str().map(str::to_owned)
        })
        .await
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

async fn exchange(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.text().await? })
}

/// In which order the messages of several nodes were first seen.
#[derive(Default)]
struct Seen(HashMap<(usize, u64), usize>);

impl Seen {
    fn newest_first(&mut self, mut messages: Vec<(usize, Value)>) -> Vec<Value> {
        let key = |(place, message): &(usize, Value)| (*place, message["id"].as_u64().unwrap());
        messages.sort_by_key(|message| (message.1["at"].to_string(), key(message)));
        for message in &messages {
            let next = self.0.len();
            self.0.entry(key(message)).or_insert(next);
        }
        messages.sort_by_key(|message| std::cmp::Reverse(self.0.get(&key(message)).copied()));
        messages.into_iter().map(|(_, message)| message).collect()
    }
}
