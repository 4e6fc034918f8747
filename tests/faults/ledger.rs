//! What the server promised, and when it answered what.

use std::sync::Mutex;
use std::time::Duration;

use test_support::{Answer, Client, Person, Tokens};
use tokio::time::Instant;

/// F: every request is answered within this time.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);

/// An account that was acknowledged, and one of its sessions.
pub struct Member {
    pub person: Person,
    pub tokens: Tokens,
    /// The sign-out was acknowledged.
    pub is_signed_out: bool,
}

/// Everything that clients were told.
pub struct Ledger {
    started: Instant,
    members: Mutex<Vec<Member>>,
    answers: Mutex<Vec<(Duration, u16)>>,
}

/// The figures of a fault.
pub struct Figures {
    pub requests: usize,
    pub errors: usize,
    /// The longest time without a success between two successes.
    pub gap: Duration,
}

impl Ledger {
    pub fn new() -> Self {
        let (members, answers) = (Mutex::default(), Mutex::default());
        Self { started: Instant::now(), members, answers }
    }

    /// Notes the answer of one of the statuses that an outage excuses, or fails the test.
    ///
    /// `allowed`: what is right in normal times. 503 always is; 401 during an outage never.
    pub fn note(&self, what: &str, asked: Instant, answer: &Answer, allowed: &[u16]) {
        assert!(asked.elapsed() < LONGEST_ANSWER, "{what} took {:?}", asked.elapsed());
        let (status, code) = (answer.status, answer.code());
        assert!(status == 503 || allowed.contains(&status), "{what}: {status} {code}");
        assert!(status != 503 || answer.header("retry-after").is_some(), "{what}: {code}");
        self.answers.lock().unwrap().push((self.started.elapsed(), status));
    }

    pub fn acknowledge(&self, member: Member) {
        self.members.lock().unwrap().push(member);
    }

    pub fn members(&self) -> usize {
        self.members.lock().unwrap().len()
    }

    /// How many successes there were so far.
    pub fn successes(&self) -> usize {
        self.answers.lock().unwrap().iter().filter(|(_, status)| *status < 500).count()
    }

    pub fn figures(&self) -> Figures {
        let answers = self.answers.lock().unwrap();
        let mut successes: Vec<Duration> =
            answers.iter().filter(|(_, status)| *status < 500).map(|(at, _)| *at).collect();
        successes.sort();
        let gaps = successes.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        Figures {
            requests: answers.len(),
            errors: answers.iter().filter(|(_, status)| *status >= 500).count(),
            gap: gaps.max().unwrap_or_default(),
        }
    }

    /// Every promise is kept: accounts are there once and open with their password, signed-out
    /// sessions are dead, all others live.
    pub async fn check(&self, client: &Client) {
        let members = std::mem::take(&mut *self.members.lock().unwrap());
        assert!(!members.is_empty(), "nothing was acknowledged: the load did not run");
        for Member { person, tokens, is_signed_out } in &members {
            let signed_in = person.sign_in(client).await;
            assert_eq!(signed_in.status, 200, "{}: {}", person.email, signed_in.body);
            let refreshed = client.with_bearer("GET", "/user/refresh", &tokens.refresh).await;
            let expected = if *is_signed_out { 401 } else { 200 };
            assert_eq!(refreshed.status, expected, "{}: {}", person.email, refreshed.body);
            // Not doubled: the address is taken.
            let again = client.post("/user/signup", &person.sign_up_form()).await;
            again.assert(409, r#"{"error":"Email address already in use"}"#);
        }
    }
}
