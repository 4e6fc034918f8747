//! `kill -9` at random points under mixed load, against a ledger of what was acknowledged (F-07).

use std::time::Duration;

use test_support::{Client, Person, ServerProcess, Tokens, all, verify_email};

const ROUNDS: u64 = 200;
const PEOPLE_A_ROUND: u64 = 4;

/// What one person was told. `None` where an answer never came: either outcome is right then.
struct Ledger {
    person: Person,
    sign_up: Option<(String, String)>,
    verify: Step<Tokens>,
    sign_in: Step<Tokens>,
    sign_out: Step<()>,
    reset: Step<()>,
}

enum Step<T> {
    NotTried,
    NoAnswer,
    Done(T),
}

const OLD: &str = "the first password";
const NEW: &str = "the second password";

impl Ledger {
    fn new(email: &str) -> Self {
        Self {
            person: Person::with_password(email, OLD),
            sign_up: None,
            verify: Step::NotTried,
            sign_in: Step::NotTried,
            sign_out: Step::NotTried,
            reset: Step::NotTried,
        }
    }

    /// A person's way through the API until the server goes away.
    async fn live(mut self, client: &Client) -> Self {
        let _ = self.steps(client).await;
        self
    }

    async fn steps(&mut self, client: &Client) -> Option<()> {
        let form = self.person.sign_up_form();
        let answer =
            client.try_send(client.request("POST", "/user/signup").json(&form)).await.ok()?;
        let id = answer.json()["otp_request_id"].as_str()?.to_owned();
        let otp = client.try_code_for(&self.person.email).await?;
        self.sign_up = Some((id.clone(), otp.clone()));

        self.verify = Step::NoAnswer;
        let form = serde_json::json!({"otp": otp, "otp_request_id": id});
        let request = client.request("POST", "/user/verify-email").json(&form);
        let first = Tokens::of(&client.try_send(request).await.ok()?);
        self.verify = Step::Done(first.clone());

        self.sign_in = Step::NoAnswer;
        let form = serde_json::json!({"email": self.person.email, "password": OLD});
        let request = client.request("POST", "/user/signin").json(&form);
        let second = Tokens::of(&client.try_send(request).await.ok()?);
        self.sign_in = Step::Done(second.clone());

        self.sign_out = Step::NoAnswer;
        let request = client.request("DELETE", "/user/signout").bearer_auth(&first.refresh);
        assert_eq!(client.try_send(request).await.ok()?.status, 200);
        self.sign_out = Step::Done(());

        self.reset = Step::NoAnswer;
        let form = serde_json::json!({"email": self.person.email, "password": NEW});
        let request = client.request("POST", "/auth/reset-password").bearer_auth(&second.access);
        assert_eq!(client.try_send(request.json(&form)).await.ok()?.status, 200);
        self.reset = Step::Done(());
        Some(())
    }

    /// Nothing acknowledged is lost, nothing is doubled, nobody is half made.
    async fn audit(&self, client: &Client) {
        let Some((id, otp)) = &self.sign_up else { return };
        match &self.verify {
            Step::NotTried => {
                Tokens::of(&verify_email(client, id, otp).await);
            }
            Step::NoAnswer => self.audit_unknown_verify(client, id, otp).await,
            Step::Done(first) => {
                verify_email(client, id, otp).await.assert_refused(401, "otp_invalid");
                self.audit_passwords(client).await;
                self.audit_sessions(client, first).await;
            }
        }
    }

    /// Either there is a whole account, or the address is free.
    async fn audit_unknown_verify(&self, client: &Client, id: &str, otp: &str) {
        let signed_in = self.signs_in(client, OLD).await;
        let again = verify_email(client, id, otp).await.status;
        let sign_up = client.post("/user/signup", &self.person.sign_up_form()).await.status;
        match (signed_in, again) {
            (true, 401) | (false, 200) => assert_eq!(sign_up, 409),
            (false, 401) => assert_eq!(sign_up, 200), // the code was spent, the account not made
            other => panic!("half an account: {other:?}"),
        }
    }

    async fn audit_passwords(&self, client: &Client) {
        let works = (self.signs_in(client, OLD).await, self.signs_in(client, NEW).await);
        match self.reset {
            Step::NotTried => assert_eq!(works, (true, false)),
            Step::Done(()) => assert_eq!(works, (false, true)),
            Step::NoAnswer => assert_ne!(works.0, works.1),
        }
    }

    async fn audit_sessions(&self, client: &Client, first: &Tokens) {
        match self.sign_out {
            Step::NotTried => assert!(lives(client, first).await, "a session was lost"),
            Step::NoAnswer => {}
            Step::Done(()) => assert!(!lives(client, first).await, "a sign-out was lost"),
        }
        if let Step::Done(second) = &self.sign_in {
            match self.reset {
                Step::NotTried => assert!(lives(client, second).await, "a session was lost"),
                Step::NoAnswer => {}
                Step::Done(()) => assert!(!lives(client, second).await, "a reset was lost"),
            }
        }
    }

    async fn signs_in(&self, client: &Client, password: &str) -> bool {
        let person = Person::with_password(&self.person.email, password);
        let status = person.sign_in(client).await.status;
        assert!([200, 401].contains(&status), "{status}");
        status == 200
    }
}

async fn lives(client: &Client, tokens: &Tokens) -> bool {
    let access = client.with_bearer("GET", "/user/protected", &tokens.access).await.status;
    let refresh = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await.status;
    assert_eq!(access, refresh, "both tokens of a session live or die together");
    access == 200
}
/// How long a whole life takes here, on this store: the server is killed at any point of it.
async fn longest_life(client: &Client) -> Duration {
    let started = tokio::time::Instant::now();
    all((0..PEOPLE_A_ROUND).map(|n| {
        let client = client.clone();
        async move { Ledger::new(&format!("first{n}@example.com")).live(&client).await }
    }))
    .await;
    started.elapsed()
}

#[tokio::test]
async fn two_hundred_kills_lose_nothing_double_nothing_and_leave_nobody_half_made() {
    let mut server = ServerProcess::start().await;
    let longest_life = longest_life(&server.client()).await;
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let client = server.client();
        let people: Vec<_> = (0..PEOPLE_A_ROUND)
            .map(|n| {
                let (client, email) = (client.clone(), format!("r{round}n{n}@example.com"));
                tokio::spawn(async move { Ledger::new(&email).live(&client).await })
            })
            .collect();
        // A fixed sequence that visits every point of a life in no order.
        let part = u32::try_from(round * 37 % 100).unwrap();
        tokio::time::sleep(longest_life * part / 100).await;
        server.kill();
        let ledgers = all(people).await.into_iter().map(|ledger| ledger.expect("the ledger"));
        let ledgers: Vec<Ledger> = ledgers.collect();
        acknowledged +=
            ledgers.iter().filter(|ledger| matches!(ledger.verify, Step::Done(_))).count();
        server.restart().await;
        let client = server.client();
        for ledger in &ledgers {
            ledger.audit(&client).await;
        }
    }
    assert!(acknowledged > 50, "the load was too light to prove anything: {acknowledged}");
}
