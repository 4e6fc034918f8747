//! All that an answer tells, but for what is new in every answer.

use test_support::Answer;

/// Status, headers with their values, and body. The server puts headers on the wire in a random
/// order, anew for each answer: order tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Seen {
    pub fn of(answer: &Answer) -> Self {
        let header = |name: &str, value: &str| match name {
            "date" | "x-request-id" => (name.to_owned(), String::new()),
            _ => (name.to_owned(), value.to_owned()),
        };
        let pairs = answer.headers.iter();
        let mut headers: Vec<_> =
            pairs.map(|(name, value)| header(name.as_str(), value.to_str().unwrap())).collect();
        headers.sort();
        Self { status: answer.status, headers, body: without_request_id(answer) }
    }
}

/// The body, with the random id of a pending request taken out.
fn without_request_id(answer: &Answer) -> String {
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    match json["otp_request_id"].as_str() {
        Some(id) => {
            assert_eq!(id.len(), 22, "128 bits");
            answer.body.replace(id, "ID")
        }
        None => answer.body.clone(),
    }
}
