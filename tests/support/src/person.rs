//! Somebody with an account.

use serde_json::{Value, json};

use super::{Answer, Client};

/// A person who uses the API as the documentation says.
pub struct Person {
    /// The address they sign in with.
    pub email: String,
    /// Their present password.
    pub password: String,
}

/// The tokens of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

impl Tokens {
    /// From the answer to a sign-in or a verification.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let text = |name: &str| answer.json()["token"][name].as_str().unwrap().to_owned();
        Self { access: text("access"), refresh: text("refresh") }
    }

    /// `POST /user/send-sms`: a code on its way to `number`. Its request id, and the code.
    pub async fn pending_sms(&self, client: &Client, number: &str) -> (String, String) {
        let request = client.request("POST", "/user/send-sms").bearer_auth(&self.access);
        let answer = client.send(request.json(&json!({"phone_number": number}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let id = answer.json()["otp_request_id"].as_str().unwrap().to_owned();
        (id, client.code_for(number).await)
    }
}

impl Person {
    /// Somebody who has no account yet.
    pub fn new(email: &str) -> Self {
        Self::with_password(email, "correct horse battery")
    }

    /// Somebody with a password of their own.
    pub fn with_password(email: &str, password: &str) -> Self {
        Self { email: email.to_owned(), password: password.to_owned() }
    }

    /// A person whose account exists, and the tokens of their first session.
    pub async fn registered(client: &Client, email: &str) -> (Self, Tokens) {
        let person = Self::new(email);
        let tokens = person.register(client).await;
        (person, tokens)
    }

    /// The body of their sign-up.
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

    /// `POST /user/signin`.
    pub async fn sign_in(&self, client: &Client) -> Answer {
        let form = json!({"email": self.email, "password": self.password});
        client.post("/user/signin", &form).await
    }

    /// `POST /user/forgot-password`.
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

/// `POST /user/verify-email`.
pub async fn verify_email(client: &Client, id: &str, otp: &str) -> Answer {
    client.post("/user/verify-email", &json!({"otp": otp, "otp_request_id": id})).await
}

/// `POST /user/resend-otp`.
pub async fn resend_otp(client: &Client, id: &str) -> Answer {
    client.post("/user/resend-otp", &json!({"otp_request_id": id})).await
}

/// A code that is not `otp`.
pub fn other_than(otp: &str) -> String {
    let number: u32 = otp.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}
