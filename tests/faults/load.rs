//! People who keep using the API while something breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use test_support::{Answer, Client, Person, Tokens, verify_email};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::ledger::{Ledger, Member};

/// Clients at a time: enough that something is always under way.
const CLIENTS: usize = 8;

/// Clients that work until they are told to stop.
pub struct Load {
    pub ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    pub fn start(client: &Client) -> Self {
        let (ledger, stop) = (Arc::new(Ledger::new()), Arc::new(AtomicBool::new(false)));
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..CLIENTS {
            let (client, ledger) = (client.clone(), Arc::clone(&ledger));
            let (stop, next) = (Arc::clone(&stop), Arc::clone(&next));
            tasks.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    live(&client, &ledger, number).await;
                }
            });
        }
        Self { ledger, stop, tasks }
    }

    /// Waits until this many more requests have succeeded: the server works.
    pub async fn successes(&mut self, more: usize) {
        let goal = self.ledger.successes() + more;
        while self.ledger.successes() < goal {
            tokio::select! {
                Some(ended) = self.tasks.join_next() => ended.expect("no client fails"),
                () = tokio::time::sleep(std::time::Duration::from_millis(10)) => {}
            }
        }
    }

    /// Lets everybody finish; what they were told.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("no client fails");
        }
        self.ledger
    }
}

/// Signs up, proves the address, looks around, and signs out again every other time.
async fn live(client: &Client, ledger: &Ledger, number: usize) {
    let person = Person::new(&format!("person{number}@example.com"));
    let Some(tokens) = join(client, ledger, &person).await else { return };
    let protected = timed(
        ledger,
        "protected",
        &[200],
        client.with_bearer("GET", "/user/protected", &tokens.access),
    );
    let _ = protected.await;
    let refresh = timed(
        ledger,
        "refresh",
        &[200],
        client.with_bearer("GET", "/user/refresh", &tokens.refresh),
    );
    let _ = refresh.await;
    let _ = timed(ledger, "sign-in", &[200], person.sign_in(client)).await;
    let mut is_signed_out = false;
    if number.is_multiple_of(2) {
        // A sign-out whose answer was lost may have worked: then it is 401 the next time.
        let mut allowed: &[u16] = &[200];
        while !is_signed_out {
            let sign_out = client.with_bearer("DELETE", "/user/signout", &tokens.refresh);
            let answer = timed(ledger, "sign-out", allowed, sign_out).await;
            is_signed_out = answer.status != 503;
            allowed = &[200, 401];
        }
    }
    ledger.acknowledge(Member { person, tokens, is_signed_out });
}

/// An account, if the server acknowledges it. What became of one that it did not is open.
async fn join(client: &Client, ledger: &Ledger, person: &Person) -> Option<Tokens> {
    let form = person.sign_up_form();
    let sign_up = client.post("/user/signup", &form);
    let pending = timed(ledger, "sign-up", &[200], sign_up).await;
    if pending.status != 200 {
        return None;
    }
    let id = pending.json()["otp_request_id"].as_str()?.to_owned();
    let otp = client.code_for(&person.email).await;
    let verified = timed(ledger, "verify-email", &[200], verify_email(client, &id, &otp)).await;
    (verified.status == 200).then(|| Tokens::of(&verified))
}

async fn timed(
    ledger: &Ledger,
    what: &str,
    allowed: &[u16],
    request: impl Future<Output = Answer>,
) -> Answer {
    let asked = Instant::now();
    let answer = request.await;
    ledger.note(what, asked, &answer, allowed);
    answer
}
