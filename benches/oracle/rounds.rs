//! Rounds: every kind of address is asked once in each, in an order of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::seq::SliceRandom;
use serde_json::Value;

use crate::connection::Connection;
use crate::statistics;

/// What goes on behind an answer must be over before the next question, or it is measured there: three
/// slow writes.
const PAUSE: Duration = Duration::from_millis(60);

/// The body of a kind in the round of that number.
type Body<'a> = Box<dyn Fn(usize) -> Value + 'a>;

/// One kind of address.
pub struct Kind<'a> {
    name: &'static str,
    body: Body<'a>,
}

/// One endpoint, and the kinds of addresses that it should treat alike.
pub struct Trial<'a> {
    name: &'static str,
    path: &'static str,
    kinds: Vec<Kind<'a>>,
}

/// What one kind got.
#[derive(Default)]
pub struct Answers {
    /// In microseconds, one a round.
    pub times: Vec<f64>,
    /// The different ones.
    pub shapes: BTreeSet<String>,
    bodies: Vec<Value>,
}

/// What all kinds got.
pub struct Outcome(Vec<Answers>);

impl<'a> Trial<'a> {
    pub fn new(name: &'static str, path: &'static str) -> Self {
        Self { name, path, kinds: Vec::new() }
    }

    /// One more kind; the others are compared with the first.
    pub fn of(mut self, name: &'static str, body: impl Fn(usize) -> Value + 'a) -> Self {
        self.kinds.push(Kind { name, body: Box::new(body) });
        self
    }

    /// Asks `rounds` times for each kind, and prints what came of it.
    pub fn run(self, address: &str, rounds: usize) -> Outcome {
        let mut connection = Connection::open(address);
        let mut answers: Vec<Answers> = self.kinds.iter().map(|_| Answers::default()).collect();
        let mut order: Vec<usize> = (0..self.kinds.len()).collect();
        for round in 0..rounds {
            order.shuffle(&mut rand::rng());
            for &kind in &order {
                let timed = connection.post(self.path, &(self.kinds[kind].body)(round));
                let answers = &mut answers[kind];
                answers.times.push(timed.took.as_secs_f64() * 1e6);
                answers.shapes.insert(timed.shape);
                answers.bodies.push(timed.body);
                pause();
            }
        }
        statistics::report(
            self.name,
            &self.kinds.iter().map(|kind| kind.name).collect::<Vec<_>>(),
            &answers,
        );
        Outcome(answers)
    }
}

impl Outcome {
    /// The `otp_request_id` of each round.
    pub fn request_ids(&self, kind: usize) -> Vec<String> {
        let id = |body: &Value| body["otp_request_id"].as_str().expect("an id").to_owned();
        self.0[kind].bodies.iter().map(id).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a real process takes real time")]
pub fn wait(time: Duration) {
    std::thread::sleep(time);
}

fn pause() {
    wait(PAUSE);
}
