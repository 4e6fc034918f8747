//! Sign-up and forgot-password while the mail relay works, and while it says nothing at all.

use futures_util::future::join_all;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use sinks::smtp::{Behaviour, Mail, Setup, Sink};
use tokio::time::Instant;

use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, post, sign_up_form};
use bench_support::stats::percentile;

const CLIENTS: usize = 8;
const REQUESTS: usize = 25;
const ROUNDS: usize = 5;
/// Owns an account, so that a mail is due for each forgotten password.
const OWNER: &str = "owner@example.com";

/// Milliseconds, one figure a round.
#[derive(Default)]
struct Latencies {
    sign_up_p50: Vec<f64>,
    sign_up_p99: Vec<f64>,
    forgot_p50: Vec<f64>,
    forgot_p99: Vec<f64>,
}

/// What a request has to do with the mail relay: nothing, whatever state it is in (F-09).
pub fn measure(report: &mut Report) {
    let (working, silent) = latencies();
    for (relay, times) in [("working", working), ("silent", silent)] {
        for (what, p50, p99) in [
            ("sign-up", times.sign_up_p50, times.sign_up_p99),
            ("forgot password", times.forgot_p50, times.forgot_p99),
        ] {
            report.row(&format!("{what}, {relay} mail relay, p50 in ms"), &p50, 1, "");
            report.row(&format!("{what}, {relay} mail relay, p99 in ms"), &p99, 1, "≤ 1000");
        }
    }
}

/// With a relay that works, and with one that is silent: measured alternately.
fn latencies() -> (Latencies, Latencies) {
    let (working, silent) = (Office::open(), Office::open());
    silent.sink.behave(Behaviour::BlackHole);
    silent.sink.disconnect();
    let (mut healthy, mut black_holed) = (Latencies::default(), Latencies::default());
    for round in 0..ROUNDS {
        working.measure(round, &mut healthy);
        silent.measure(round, &mut black_holed);
    }
    (healthy, black_holed)
}

/// A server and its relay.
struct Office {
    server: Server,
    sink: Sink,
}

impl Office {
    fn open() -> Self {
        let sink = Sink::start(Setup::plain());
        let url = format!("smtp+insecure://{}", sink.address());
        let transport = [
            ("BIOENTRUST_EMAIL__TRANSPORT", "smtp"),
            ("BIOENTRUST_EMAIL__FROM", "no-reply@example.org"),
            ("BIOENTRUST_EMAIL__SMTP_URL", &url),
        ];
        let server = Server::ours(&[&transport, TEST_COST].concat());
        let office = Self { server, sink };
        block_on(office.register_owner());
        office
    }

    async fn register_owner(&self) {
        let http = reqwest::Client::new();
        let sent = post(&http, self.url("signup"), &sign_up_form(OWNER)).await;
        let mails = self.sink.wait_for_mails(1);
        let code = mails.first().and_then(code_in).expect("a code");
        let form = json!({"otp": code, "otp_request_id": sent["otp_request_id"]});
        post(&http, self.url("verify-email"), &form).await;
    }

    fn measure(&self, round: usize, into: &mut Latencies) {
        let newcomer = |number| sign_up_form(&format!("r{round}n{number}@example.com"));
        let sign_ups = block_on(self.times("signup", newcomer));
        let forgotten = block_on(self.times("forgot-password", |_| json!({"email": OWNER})));
        into.sign_up_p50.push(percentile(&sign_ups, 50));
        into.sign_up_p99.push(percentile(&sign_ups, 99));
        into.forgot_p50.push(percentile(&forgotten, 50));
        into.forgot_p99.push(percentile(&forgotten, 99));
    }

    /// The milliseconds that each request took.
    async fn times(&self, path: &str, form: impl Fn(usize) -> Value) -> Vec<f64> {
        let http = reqwest::Client::new();
        let client = async |client: usize| {
            let mut times = Vec::new();
            for number in 0..REQUESTS {
                let form = form(client * REQUESTS + number);
                let started = Instant::now();
                post(&http, self.url(path), &form).await;
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            times
        };
        join_all((0..CLIENTS).map(client)).await.concat()
    }

    fn url(&self, path: &str) -> String {
        format!("{}/user/{path}", self.server.base)
    }
}

/// The six digits in a mail.
fn code_in(mail: &Mail) -> Option<String> {
    let parsed = MessageParser::default().parse(&mail.content)?;
    let text = parsed.body_text(0)?;
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    numbers.find(|number| number.len() == 6).map(str::to_owned)
}
