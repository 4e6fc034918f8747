//! Do response times or answers tell who has an account? `cargo bench --bench oracle` (S-46 to S-50).
//!
//! One connection, one request at a time, all kinds of addresses in random order in each round: so
//! whatever the machine does besides happens to all of them alike. Hashing is made cheap, so that it
//! does not drown what is left. What is reported is the median of the differences within a round,
//! with the interval that holds it 999 times in 1000. A difference that is real keeps its size while
//! the interval shrinks with more rounds: `cargo bench --bench oracle -- 1000`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot measure must stop"
)]

mod cast;
mod connection;
mod locked;
mod rounds;
mod statistics;

use cast::Cast;
use rounds::Trial;
use serde_json::json;
use test_support::ServerProcess;

const ROUNDS: usize = 300;

/// No message waits for another, and a code may be asked for again at once.
const SETTINGS: &[(&str, &str)] = &[
    ("BIOENTRUST_SIGNUP__HIDE_EXISTING_ACCOUNTS", "true"),
    ("BIOENTRUST_OTP__RESEND_AFTER", "0s"),
    ("BIOENTRUST_LOG__LEVEL", "warn"),
];

fn main() {
    let rounds = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let server = runtime.block_on(ServerProcess::start_with(SETTINGS));
    let cast = runtime.block_on(Cast::assemble(&server.client(), rounds));
    let address = server.client().authority().to_owned();
    statistics::heading(rounds);

    let sign_up = Trial::new("sign-up, hidden accounts", "/user/signup")
        .of("a free address", |n| Cast::form(&Cast::free(n)))
        .of("a taken one", |n| Cast::form(&Cast::known(n)))
        .run(&address, rounds);
    let [free, taken] = [0, 1].map(|kind| sign_up.request_ids(kind));

    Trial::new("resend-otp, hidden accounts", "/user/resend-otp")
        .of("a free address", |n| json!({"otp_request_id": free[n / 4]}))
        .of("a taken one", |n| json!({"otp_request_id": taken[n / 4]}))
        .run(&address, rounds);

    let wrong = |id: &str| json!({"otp_request_id": id, "otp": "000000"});
    Trial::new("verify-email with a wrong code", "/user/verify-email")
        .of("a free address", |n| wrong(&free[rounds - 1 - n / 4]))
        .of("a taken one", |n| wrong(&taken[rounds - 1 - n / 4]))
        .of("no such request", |n| wrong(&cast.unknown_ids[n]))
        .run(&address, rounds);

    // Four of the five failures that are free.
    Trial::new("sign-in with a wrong password", "/user/signin")
        .of("unknown", |n| Cast::wrong_password(&Cast::unknown(n / 4)))
        .of("with an account", |n| Cast::wrong_password(&Cast::known(n / 4)))
        .of("not proved yet", |n| Cast::wrong_password(&Cast::pending(n / 4)))
        .run(&address, rounds);

    locked::run(&address, rounds);

    Trial::new("forgot-password", "/user/forgot-password")
        .of("unknown", |n| json!({"email": Cast::unknown(n)}))
        .of("with an account", |n| json!({"email": Cast::known(n)}))
        .of("not proved yet", |n| json!({"email": Cast::pending(n)}))
        .run(&address, rounds);
}
