//! Who plays in the measurement.

use serde_json::{Value, json};
use test_support::{Client, Person, all};

/// Registered and signed up at a time.
const TOGETHER: usize = 16;

/// People with accounts, people who have not proved their address, and ids of nobody's requests.
pub struct Cast {
    pub unknown_ids: Vec<String>,
}

impl Cast {
    /// `size` of each.
    pub async fn assemble(client: &Client, size: usize) -> Self {
        for first in (0..size).step_by(TOGETHER) {
            let together = first..size.min(first + TOGETHER);
            all(together.map(|n| async move {
                Person::registered(client, &Self::known(n)).await;
                Person::new(&Self::pending(n)).sign_up(client).await;
            }))
            .await;
        }
        let id = |_| Self::random_id();
        Self { unknown_ids: (0..size).map(id).collect() }
    }

    /// Somebody with an account.
    pub fn known(n: usize) -> String {
        format!("known-{n:06}@example.com")
    }

    /// Somebody who has signed up and proved nothing.
    pub fn pending(n: usize) -> String {
        format!("waits-{n:06}@example.com")
    }

    /// Somebody whom nobody has heard of.
    pub fn unknown(n: usize) -> String {
        format!("other-{n:06}@example.com")
    }

    /// The same, until they sign up.
    pub fn free(n: usize) -> String {
        format!("fresh-{n:06}@example.com")
    }

    /// A sign-up.
    pub fn form(email: &str) -> Value {
        Person::new(email).sign_up_form()
    }

    /// A sign-in that must fail.
    pub fn wrong_password(email: &str) -> Value {
        json!({"email": email, "password": "not the right one"})
    }

    /// In the form of an `otp_request_id`: 128 bits, of which the last character holds two.
    fn random_id() -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let digit = |_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]);
        (0..21).map(digit).chain(['A']).collect()
    }
}
