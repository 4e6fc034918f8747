//! More sign-ins than there is time to hash: once, twice and three times what the lanes take.

use std::time::Duration;

use crate::load::{Answered, closed_loop, open_loop, p99, sign_in, times};
use bench_support::plot::{Chart, Line, Scale};
use bench_support::report::Report;
use bench_support::server::{Server, block_on};
use bench_support::stats::median;

const ACCOUNTS: u32 = 5_000;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(6);
/// Enough that every lane always has work, too few to be refused.
const CLIENTS: u32 = 16;
const LOADS: [f64; 3] = [1.0, 2.0, 3.0];

/// One figure a round.
#[derive(Default)]
struct Figures {
    goodput: Vec<f64>,
    accepted_p99: Vec<f64>,
    refused_p99: Vec<f64>,
    failures: Vec<f64>,
}

/// At each load in turn, against what a closed loop reached just before.
pub fn measure(report: &mut Report) {
    let server = Server::seeded(ACCOUNTS, &[]);
    let mut at: [Figures; 3] = Default::default();
    for _ in 0..ROUNDS {
        let http = reqwest::Client::new();
        let peak = block_on(async {
            let one = |number| sign_in(&http, &server.base, number % ACCOUNTS);
            closed_loop(CLIENTS, ROUND, one).await.1
        });
        for (load, figures) in LOADS.iter().zip(&mut at) {
            let http = reqwest::Client::new();
            let one = |number| sign_in(&http, &server.base, number % ACCOUNTS);
            figures.add(&block_on(open_loop(peak * load, ROUND, one)), peak);
        }
    }
    for (load, figures) in LOADS.iter().zip(&at) {
        let row = |what: &str| format!("sign-ins at {load}× saturation: {what}");
        report.row(&row("answered 200 / the most there can be"), &figures.goodput, 2, "≥ 0.8");
        report.row(&row("p99 of those, ms"), &figures.accepted_p99, 0, "≤ 3000");
        if *load > 1.0 {
            report.row(&row("p99 of those refused with 503, ms"), &figures.refused_p99, 0, "< 100");
        }
        report.row(&row("anything else"), &figures.failures, 0, "0");
    }
    let line = |name, pick: fn(&Figures) -> f64| Line {
        name,
        points: LOADS.iter().zip(&at).map(|(load, figures)| (*load, pick(figures))).collect(),
    };
    let lines = vec![
        line("answered 200 / the most", |figures| median(&figures.goodput)),
        line("their p99, s", |figures| median(&figures.accepted_p99) / 1000.0),
        line("p99 of 503, s", |figures| median(&figures.refused_p99) / 1000.0),
    ];
    let (title, across) = ("Sign-ins beyond saturation", "arrivals / saturation");
    Chart { title, across, scale: Scale::Linear, lines }.save("overload");
}

impl Figures {
    fn add(&mut self, answers: &[Answered], peak: f64) {
        let (good, refused) = (times(answers, 200), times(answers, 503));
        self.goodput.push(good.len() as f64 / ROUND.as_secs_f64() / peak);
        self.accepted_p99.push(p99(answers, 200));
        // Nobody refused was refused at once.
        self.refused_p99.push(if refused.is_empty() { 0.0 } else { p99(answers, 503) });
        self.failures.push((answers.len() - good.len() - refused.len()) as f64);
    }
}
