//! A question to an actor and its answer: on the same thread, and on another one.
//!
//! `cargo bench -p actors --bench ask`

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::time::Duration;

use actix::{Actor, Arbiter, Context, Handler, Message, System};
use actors::runtime::{AskError, Handle, Limits, RestartBudget, Supervision, supervise};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Questions under way at once, as of a busy worker.
const TOGETHER: usize = 32;

struct Echo;

impl Actor for Echo {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "Result<u64, AskError>")]
struct Ping(u64);

impl Handler<Ping> for Echo {
    type Result = Result<u64, AskError>;

    fn handle(&mut self, msg: Ping, _: &mut Self::Context) -> Self::Result {
        Ok(msg.0)
    }
}

fn start() -> Handle<Echo> {
    let limits = Limits { capacity: 1_024, deadline: Duration::from_secs(5) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    supervise("echo", limits, with, || Echo)
}

fn ask(c: &mut Criterion) {
    let system = System::new();
    let near = system.block_on(async { start() });
    measure(c, &system, "same thread", &near);
    let (tell, told) = oneshot::channel();
    let arbiter = Arbiter::new();
    arbiter.spawn(async { drop(tell.send(start())) });
    let far = system.block_on(told).expect("the other thread starts it");
    measure(c, &system, "another thread", &far);
    arbiter.stop();
}

fn measure(c: &mut Criterion, system: &actix::SystemRunner, place: &str, echo: &Handle<Echo>) {
    let mut group = c.benchmark_group(format!("ask/{place}"));
    group.bench_function("alone", |b| {
        b.iter(|| system.block_on(echo.ask(Ping(1))).expect("an answer"));
    });
    group.throughput(Throughput::Elements(TOGETHER as u64));
    group.bench_function(format!("{TOGETHER} together"), |b| {
        b.iter(|| system.block_on(join_all((0..TOGETHER).map(|_| echo.ask(Ping(1))))));
    });
    group.finish();
}

criterion_group!(asking, ask);
criterion_main!(asking);
