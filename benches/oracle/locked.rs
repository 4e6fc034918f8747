//! An address whose sign-ins are delayed: does the refusal tell whether it has an account?

use std::time::Duration;

use crate::cast::Cast;
use crate::connection::Connection;
use crate::rounds::{Trial, wait};

/// Seconds, long enough for the measurement.
const DELAY: u64 = 30;
/// Within the delay, at 70 ms for a request and its pause.
const MOST_ROUNDS: usize = 200;
/// Of those whom no other trial has touched: the last of the cast.
const SKIPPED: usize = 1;

/// Fails for each of the two until both have to wait, then measures.
pub fn run(address: &str, rounds: usize) {
    let person = rounds - SKIPPED;
    let known = Cast::wrong_password(&Cast::known(person));
    let unknown = Cast::wrong_password(&Cast::unknown(person + rounds));
    loop {
        // The server would close one that is idle for as long as the longer waits.
        let mut connection = Connection::open(address);
        let waits =
            [&known, &unknown].map(|form| connection.post("/user/signin", form).retry_after);
        if waits.iter().all(|seconds| *seconds >= DELAY) {
            break;
        }
        // Zero while failures are free.
        wait(Duration::from_secs(waits[0].max(waits[1])));
    }
    Trial::new("sign-in while it is delayed", "/user/signin")
        .of("unknown", |_| unknown.clone())
        .of("with an account", |_| known.clone())
        .run(address, rounds.min(MOST_ROUNDS));
}
