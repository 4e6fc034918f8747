//! So many people sign up, then all of them verify: their codes are read at once in between, which is
//! no part of a sign-up and not timed.

use std::collections::HashMap;
use std::time::Duration;

use bench_support::server::{post_form, sign_up_form};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::connection::Connection;
use crate::load::Counter;

/// People of a wave to each client. All of a wave are fewer than the inbox keeps (1000).
const EACH: u32 = 8;

/// Clients of one server.
pub struct Clients {
    base: String,
    connections: Vec<Connection>,
}

impl Clients {
    pub async fn connect(base: &str, count: u32) -> Self {
        let address = base.trim_start_matches("http://");
        let connections = join_all((0..count).map(|_| Connection::open(address))).await;
        Self { base: base.to_owned(), connections }
    }

    /// How many there were per second, in waves until `time` is over.
    pub async fn rate(&mut self, numbers: &Counter, time: Duration) -> f64 {
        let (mut done, mut took) = (0, Duration::ZERO);
        while took < time {
            let began = Instant::now();
            let pending =
                self.connections.iter_mut().map(|connection| sign_up(connection, numbers));
            let pending: Vec<Vec<(String, Value)>> = join_all(pending).await;
            took += began.elapsed();
            let codes = codes(&self.base).await;
            let began = Instant::now();
            let clients = self.connections.iter_mut().zip(&pending);
            join_all(clients.map(|(connection, pending)| verify(connection, pending, &codes)))
                .await;
            took += began.elapsed();
            done += pending.iter().map(Vec::len).sum::<usize>();
        }
        done as f64 / took.as_secs_f64()
    }
}

/// Addresses and request ids.
async fn sign_up(connection: &mut Connection, numbers: &Counter) -> Vec<(String, Value)> {
    let mut pending = Vec::new();
    for _ in 0..EACH {
        let email = format!("u{}@example.com", numbers.take());
        let answer = connection.post("/user/signup", &sign_up_form(&email)).await;
        let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
        pending.push((email, answer["otp_request_id"].take()));
    }
    pending
}

/// Of each address, the newest.
async fn codes(base: &str) -> HashMap<String, String> {
    let inbox = post_form(reqwest::Client::new().get(format!("{base}/dev/inbox.json"))).await;
    let messages = inbox.as_array().expect("messages").iter().rev();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    messages.map(|message| (text(&message["to"]), text(&message["code"]))).collect()
}

async fn verify(
    connection: &mut Connection,
    pending: &[(String, Value)],
    codes: &HashMap<String, String>,
) {
    for (email, id) in pending {
        let form = json!({"otp": codes.get(email), "otp_request_id": id});
        connection.post("/user/verify-email", &form).await;
    }
}
