//! The trail through its handle: what is noted is written, and nothing waits for that (S-82).

use std::sync::Arc;
use std::time::Duration;

use actix::{Handler, Message};
use tokio_util::sync::CancellationToken;

use super::backend::MemoryAudit;
use super::trail::BATCH;
use super::writer::WINDOW;
use super::*;
use crate::backend::BackendError;
use crate::domain::UserId;
use crate::runtime::{
    AskError, Clock, Handle, Limits, ManualClock, RestartBudget, SeededRandom, Supervision,
    supervise,
};

const KEEP: Duration = Duration::from_hours(24);
const RULES: AuditRules = AuditRules { enabled: true, keep: KEEP, queue: 8 };

struct Fixture {
    handle: Handle<AuditTrail>,
    backend: Arc<MemoryAudit>,
    clock: ManualClock,
    running: AuditTrail,
}

/// Makes the actor panic.
#[derive(Message)]
#[rtype(result = "Result<(), AuditError>")]
struct Crash;

impl Handler<Crash> for AuditTrail {
    type Result = Result<(), AuditError>;

    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("told to panic")
    }
}

impl Fixture {
    fn start() -> Self {
        Self::start_with(RULES)
    }

    fn start_with(rules: AuditRules) -> Self {
        tokio::time::pause();
        let (backend, clock) = (Arc::new(MemoryAudit::default()), ManualClock::default());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let random = Arc::new(SeededRandom::new(1));
        let running = AuditTrail::new(rules, Arc::clone(&backend) as _, shared, random);
        let limits = Limits { capacity: 64, deadline: Duration::from_secs(2) };
        let with =
            Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
        let trail = running.clone();
        let handle = supervise("audit_trail", limits, with, move || trail.clone());
        Self { handle, backend, clock, running }
    }

    /// Notes an act of the account `of`.
    async fn note(&self, of: u8) {
        let record = RecordEvent {
            event: "sign_in",
            outcome: "success",
            factor: Some("password"),
            user: Some(UserId::from_bytes([of; 16])),
            subject: None,
            ip: Some("192.0.2.1".parse().unwrap()),
            request_id: None,
        };
        assert_eq!(self.handle.ask(record).await, Ok(()));
    }

    async fn read(&self) -> Vec<AuditEvent> {
        let query = AuditQuery { limit: 10_000, ..AuditQuery::default() };
        self.handle.ask(ReadTrail(query)).await.unwrap()
    }

    /// Lets the writer write once.
    async fn window(&self) {
        settle().await;
        // Timers count in whole milliseconds.
        tokio::time::advance(WINDOW + Duration::from_millis(1)).await;
        settle().await;
    }

    /// Whose acts are stored, in the order they were noted.
    fn stored(&self) -> Vec<u8> {
        self.backend.all().iter().map(|event| event.user.unwrap().as_bytes()[0]).collect()
    }
}

/// Lets the other tasks of this thread go as far as they can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[actix::test]
async fn what_is_noted_within_a_second_shares_one_write() {
    let t = Fixture::start();
    for of in 1..=5 {
        t.note(of).await;
    }
    assert_eq!(t.backend.writes(), 0, "nobody waited");
    t.window().await;
    assert_eq!((t.stored(), t.backend.writes()), (vec![1, 2, 3, 4, 5], 1));
    t.note(6).await;
    t.window().await;
    assert_eq!((t.stored(), t.backend.writes()), (vec![1, 2, 3, 4, 5, 6], 2));
}

#[actix::test]
async fn a_question_is_answered_with_what_was_noted_before_it() {
    let t = Fixture::start();
    t.note(1).await;
    t.note(2).await;
    let found: Vec<_> = t.read().await.iter().map(|event| event.user.unwrap()).collect();
    assert_eq!(found, [2, 1].map(|of| UserId::from_bytes([of; 16])));
    assert_eq!(t.read().await[0].id.at(), t.clock.now());
}

#[actix::test]
async fn many_are_written_batch_by_batch() {
    let t = Fixture::start_with(AuditRules { queue: 10_000, ..RULES });
    for _ in 0..=BATCH {
        t.note(1).await;
    }
    t.window().await;
    assert_eq!((t.stored().len(), t.backend.writes()), (BATCH + 1, 2));
}

#[actix::test]
async fn s_82_while_the_store_fails_events_wait_and_one_too_many_is_dropped_and_nobody_refused() {
    let t = Fixture::start();
    t.backend.fail(Some(BackendError::Unavailable));
    for of in 1..=9 {
        t.note(of).await;
    }
    t.window().await;
    assert!(t.stored().is_empty() && !t.running.keeps_up());
    t.note(10).await;
    t.backend.fail(None);
    t.window().await;
    assert_eq!(t.stored(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(t.running.keeps_up());
    t.note(11).await;
    t.window().await;
    assert_eq!(t.stored().last(), Some(&11), "and all is well again");
}

#[actix::test]
async fn a_lost_confirmation_neither_loses_nor_doubles() {
    let t = Fixture::start();
    t.note(1).await;
    t.backend.lose_a_confirmation();
    t.window().await;
    t.window().await;
    assert_eq!((t.stored(), t.backend.writes()), (vec![1], 2));
}

#[actix::test]
async fn what_the_store_will_never_take_does_not_hold_up_the_rest() {
    let t = Fixture::start();
    t.note(1).await;
    t.backend.fail(Some(BackendError::Corrupt));
    t.window().await;
    t.backend.fail(None);
    t.note(2).await;
    t.window().await;
    assert_eq!(t.stored(), [2]);
}

#[actix::test]
async fn a_restart_loses_nothing() {
    let t = Fixture::start();
    t.note(1).await;
    let crashed = AuditError::Ask(AskError::Unavailable("audit_trail"));
    assert_eq!(t.handle.ask(Crash).await, Err(crashed));
    tokio::task::yield_now().await;
    t.note(2).await;
    t.window().await;
    assert_eq!(t.stored(), [1, 2]);
}

#[actix::test]
async fn s_100_what_waits_at_the_end_is_written_and_the_writer_ends() {
    let t = Fixture::start();
    t.note(1).await;
    t.running.drain(Duration::from_secs(1)).await;
    assert_eq!(t.stored(), [1]);
    t.note(2).await;
    t.window().await;
    assert_eq!(t.stored(), [1]);
}

#[actix::test]
async fn what_is_too_old_is_not_told_and_then_forgotten() {
    let t = Fixture::start();
    t.note(1).await;
    t.window().await;
    t.clock.advance(KEEP.saturating_sub(Duration::from_millis(1)));
    t.note(2).await;
    assert_eq!(t.read().await.len(), 2);
    t.clock.advance(Duration::from_millis(2));
    assert_eq!(t.read().await.len(), 1);
    tokio::time::advance(Duration::from_hours(1)).await;
    t.window().await;
    assert_eq!(t.stored(), [2]);
}

#[actix::test]
async fn a_trail_that_is_off_records_nothing_and_can_still_be_read() {
    let t = Fixture::start_with(AuditRules { enabled: false, ..RULES });
    t.note(1).await;
    t.window().await;
    assert!(t.stored().is_empty() && t.read().await.is_empty());
}
