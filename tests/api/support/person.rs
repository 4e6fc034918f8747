//! Somebody with an account.

use serde_json::{Value, json};

use super::{Answer, Client};

/// A person who uses the API as the documentation says.
pub struct Person {
    pub email: String,
    pub password: String,
}

/// The tokens of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = |name: &str| answer.json()["token"][name].as_str().unwrap().to_owned();
        Self { access: text("access"), refresh: text("refresh") }
    }
}

impl Person {
    pub fn new(email: &str) -> Self {
        Self::with_password(email, "correct horse battery")
    }

    pub fn with_password(email: &str, password: &str) -> Self {
        Self { email: email.to_owned(), password: password.to_owned() }
    }

    /// A person whose account exists, and the tokens of their first session.
    pub async fn registered(client: &Client, email: &str) -> (Self, Tokens) {
        let person = Self::new(email);
        let tokens = person.register(client).await;
        (person, tokens)
    }

    pub fn sign_up_form(&self) -> Value {
        json!({"first_name": "John", "last_name": "Doe", "email": self.email, "password": self.password})
    }

    /// Signs up and returns the request id.
    pub async fn sign_up(&self, client: &Client) -> String {
        let answer = client.post("/user/signup", &self.sign_up_form()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["otp_request_id"].as_str().unwrap().to_owned()
    }

    /// Signs up and returns the request id and the code that was sent.
    pub async fn pending(&self, client: &Client) -> (String, String) {
        let id = self.sign_up(client).await;
        (id, client.code_for(&self.email).await)
    }

    /// Signs up and proves the address.
    pub async fn register(&self, client: &Client) -> Tokens {
        let (id, otp) = self.pending(client).await;
        Tokens::of(&verify_email(client, &id, &otp).await)
    }

    pub async fn sign_in(&self, client: &Client) -> Answer {
        let form = json!({"email": self.email, "password": self.password});
        client.post("/user/signin", &form).await
    }

    pub async fn forgot_password(&self, client: &Client) -> Answer {
        client.post("/user/forgot-password", &json!({"email": self.email})).await
    }

    /// Presents `bearer` to set `password`; the person remembers it if that worked.
    pub async fn reset_password(
        &mut self,
        client: &Client,
        bearer: &str,
        password: &str,
    ) -> Answer {
        let form = json!({"email": self.email, "password": password});
        let request = client.request("POST", "/auth/reset-password").bearer_auth(bearer);
        let answer = client.send(request.json(&form)).await;
        if answer.status == 200 {
            password.clone_into(&mut self.password);
        }
        answer
    }
}

pub async fn verify_email(client: &Client, id: &str, otp: &str) -> Answer {
    client.post("/user/verify-email", &json!({"otp": otp, "otp_request_id": id})).await
}
