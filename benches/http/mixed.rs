//! An ordinary day: of a hundred requests, a sign-in, two refreshes, the rest protected.

use std::time::Duration;

use crate::load::{closed_loop, p99, sign_in, times};
use bench_support::report::Report;
use bench_support::server::{Server, TEST_COST, block_on, post_form};
use bench_support::stats::median;

const ACCOUNTS: u32 = 5_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);
const CLIENTS: u32 = 32;

/// With hashing at test cost: at its real cost this would measure one sign-in and little else.
pub fn measure(report: &mut Report) {
    let server = Server::seeded(ACCOUNTS, TEST_COST);
    let (mut rates, mut middle, mut slow, mut memory) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let http = reqwest::Client::new();
    for _ in 0..ROUNDS {
        let (answers, rate) = block_on(async {
            let tokens = post_form(sign_in(&http, &server.base, 0)).await;
            let bearer = |path: &str, token: &str| {
                let token = tokens["token"][token].as_str().expect("a token");
                http.get(format!("{}/user/{path}", server.base)).bearer_auth(token)
            };
            let one = |number: u32| match number % 100 {
                // Of the others: nobody has more than ten sessions, so ours would end.
                0 => sign_in(&http, &server.base, 1 + number / 100 % (ACCOUNTS - 1)),
                33 | 66 => bearer("refresh", "refresh"),
                _ => bearer("protected", "access"),
            };
            closed_loop(CLIENTS, ROUND, one).await
        });
        assert!(answers.iter().all(|answer| answer.status == 200), "something was refused");
        rates.push(rate);
        middle.push(median(&times(&answers, 200)));
        slow.push(p99(&answers, 200));
        memory.push(server.rss_mib());
    }
    report.row("mixed traffic from 32 clients, requests/s", &rates, 0, "");
    report.row("mixed traffic, p50 in ms", &middle, 1, "");
    report.row("mixed traffic, p99 in ms", &slow, 1, "");
    report.row("mixed traffic, memory in MiB", &memory, 1, "");
}
