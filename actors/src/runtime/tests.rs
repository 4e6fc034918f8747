//! The runtime's promises, on an actor that can be told to stall and to crash.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, AtomicResponse, Context, Handler, Message, ResponseFuture, WrapFuture};
use tokio_util::sync::CancellationToken;

use super::{AskError, Handle, Limits, RestartBudget, Supervision, supervise};

const NAME: &str = "probe";
const CAPACITY: usize = 8;
const DEADLINE: Duration = Duration::from_secs(2);

/// Counts what it was asked, in memory only.
#[derive(Default)]
struct Probe {
    count: u32,
}

impl Actor for Probe {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "Result<u32, AskError>")]
struct Count;

/// Panics in the handler itself.
#[derive(Message)]
#[rtype(result = "Result<(), AskError>")]
struct CrashAtOnce;

/// Panics in a future that runs outside the actor.
#[derive(Message)]
#[rtype(result = "Result<(), AskError>")]
struct CrashOutside;

/// Panics in a future that holds the actor.
#[derive(Message)]
#[rtype(result = "Result<(), AskError>")]
struct CrashInside;

/// Holds the actor, and with it every later message.
#[derive(Message)]
#[rtype(result = "Result<(), AskError>")]
struct Stall(Duration);

impl Handler<Count> for Probe {
    type Result = Result<u32, AskError>;

    fn handle(&mut self, _: Count, _: &mut Self::Context) -> Self::Result {
        self.count += 1;
        Ok(self.count)
    }
}

impl Handler<CrashAtOnce> for Probe {
    type Result = Result<(), AskError>;

    fn handle(&mut self, _: CrashAtOnce, _: &mut Self::Context) -> Self::Result {
        panic!("told to crash")
    }
}

impl Handler<CrashOutside> for Probe {
    type Result = ResponseFuture<Result<(), AskError>>;

    fn handle(&mut self, _: CrashOutside, _: &mut Self::Context) -> Self::Result {
        Box::pin(async { panic!("told to crash") })
    }
}

impl Handler<CrashInside> for Probe {
    type Result = AtomicResponse<Self, Result<(), AskError>>;

    fn handle(&mut self, _: CrashInside, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(Box::pin(async { panic!("told to crash") }.into_actor(self)))
    }
}

impl Handler<Stall> for Probe {
    type Result = AtomicResponse<Self, Result<(), AskError>>;

    fn handle(&mut self, msg: Stall, _: &mut Self::Context) -> Self::Result {
        let nap = async move {
            tokio::time::sleep(msg.0).await;
            Ok(())
        };
        AtomicResponse::new(Box::pin(nap.into_actor(self)))
    }
}

struct Fixture {
    probe: Handle<Probe>,
    fatal: CancellationToken,
    built: Rc<Cell<u32>>,
}

impl Fixture {
    /// An actor whose `make` panics from the `builds`-th call on.
    fn start(builds: u32) -> Self {
        tokio::time::pause();
        let (fatal, built) = (CancellationToken::new(), Rc::new(Cell::new(0)));
        let limits = Limits { capacity: CAPACITY, deadline: DEADLINE };
        let with = Supervision { budget: RestartBudget::default(), fatal: fatal.clone() };
        let counter = Rc::clone(&built);
        let probe = supervise(NAME, limits, with, move || {
            counter.set(counter.get() + 1);
            assert!(counter.get() <= builds, "cannot be built again");
            Probe::default()
        });
        Self { probe, fatal, built }
    }

    async fn crash(&self) {
        assert_eq!(self.probe.ask(CrashAtOnce).await, Err(AskError::Unavailable(NAME)));
        settle().await;
    }

    /// Fills every slot with a message that takes ten minutes.
    async fn stall(&self) -> Vec<tokio::task::JoinHandle<Result<(), AskError>>> {
        let asks = (0..CAPACITY).map(|_| {
            let probe = self.probe.clone();
            actix::spawn(async move { probe.ask(Stall(Duration::from_mins(10))).await })
        });
        let asks = asks.collect();
        settle().await;
        asks
    }
}

/// Lets every task that can run, run.
async fn settle() {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn one_more_than_the_capacity_is_refused_at_once() {
    let t = Fixture::start(1);
    let stalled = t.stall().await;
    assert_eq!(t.probe.ask(Count).await, Err(AskError::Overloaded(NAME)));
    assert_eq!(stalled.len(), CAPACITY);
}

#[actix::test]
async fn a_stalled_actor_answers_nobody_and_every_caller_is_told_in_time() {
    let t = Fixture::start(1);
    let started = tokio::time::Instant::now();
    for ask in t.stall().await {
        assert_eq!(ask.await.unwrap(), Err(AskError::TimedOut(NAME)));
    }
    assert_eq!(started.elapsed().as_secs(), DEADLINE.as_secs());
}

#[actix::test]
async fn a_slot_belongs_to_the_work_until_it_is_done_not_to_the_caller() {
    let t = Fixture::start(1);
    for ask in t.stall().await {
        ask.abort(); // the callers are gone, their messages are not
    }
    settle().await;
    assert_eq!(t.probe.ask(Count).await, Err(AskError::Overloaded(NAME)));
    tokio::time::sleep(Duration::from_secs(600 * CAPACITY as u64 + 1)).await;
    assert_eq!(t.probe.ask(Count).await, Ok(1));
}

#[actix::test]
async fn a_panic_in_the_handler_costs_that_message_and_the_actors_memory() {
    let t = Fixture::start(2);
    assert_eq!(t.probe.ask(Count).await, Ok(1));
    t.crash().await;
    assert_eq!(t.probe.ask(Count).await, Ok(1), "the new actor starts afresh");
    assert!(!t.fatal.is_cancelled());
}

#[actix::test]
async fn a_panic_in_a_future_outside_the_actor_costs_that_message_only() {
    let t = Fixture::start(1);
    assert_eq!(t.probe.ask(Count).await, Ok(1));
    let _ = t.probe.ask(CrashOutside).await.unwrap_err();
    settle().await;
    let _ = t.probe.ask(Count).await.unwrap();
    assert!(!t.fatal.is_cancelled());
}

#[actix::test]
async fn a_panic_in_a_future_that_holds_the_actor_restarts_it() {
    let t = Fixture::start(2);
    assert_eq!(t.probe.ask(Count).await, Ok(1));
    assert_eq!(t.probe.ask(CrashInside).await, Err(AskError::Unavailable(NAME)));
    settle().await;
    assert_eq!(t.probe.ask(Count).await, Ok(1));
}

#[actix::test]
async fn a_crash_frees_the_slots_of_everybody_who_waited() {
    let t = Fixture::start(3);
    for _ in 0..2 {
        let waiting: Vec<_> = (0..CAPACITY - 1)
            .map(|_| {
                let probe = t.probe.clone();
                actix::spawn(async move { probe.ask(CrashInside).await })
            })
            .collect();
        for ask in waiting {
            assert_eq!(ask.await.unwrap(), Err(AskError::Unavailable(NAME)));
        }
        settle().await;
    }
    assert_eq!(t.probe.ask(Count).await, Ok(1));
}

#[actix::test]
async fn the_fourth_crash_within_a_minute_is_fatal() {
    let t = Fixture::start(u32::MAX);
    for crash in 1..=3 {
        t.crash().await;
        assert!(!t.fatal.is_cancelled(), "after crash {crash}");
    }
    t.crash().await;
    assert!(t.fatal.is_cancelled());
    assert_eq!(t.probe.ask(Count).await, Err(AskError::Unavailable(NAME)));
}

#[actix::test]
async fn crashes_further_apart_than_a_minute_never_are_fatal() {
    let t = Fixture::start(u32::MAX);
    for _ in 0..12 {
        t.crash().await;
        tokio::time::sleep(Duration::from_secs(21)).await;
    }
    assert!(!t.fatal.is_cancelled());
    assert_eq!(t.built.get(), 13);
}

#[actix::test]
async fn an_actor_that_cannot_be_rebuilt_is_fatal() {
    let t = Fixture::start(1);
    t.crash().await;
    assert!(t.fatal.is_cancelled());
}

#[test]
fn a_handle_may_be_used_from_every_thread() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Handle<Probe>>();
}
