//! The lanes under load, and the actor through its handle.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use actix::{Handler, Message};
use futures_util::poll;
use rustix::thread::gettid;
use secrecy::SecretString;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::lanes::Lanes;
use super::memory::{ARGON2ID, Memory};
use super::queue::Urgency;
use super::*;
use crate::domain::{Password, PasswordHash};
use crate::runtime::{
    AskError, Handle, Limits, RestartBudget, SeededRandom, Supervision, supervise,
};

fn rules(lanes: usize, queue: usize) -> HashingRules {
    HashingRules { lanes, queue, ..HashingRules::insecure_for_tests() }
}

fn password(text: &str) -> Password {
    Password::present(&SecretString::from(text)).unwrap()
}

/// A job that has begun and holds its lane until it is let go.
struct Held {
    go: mpsc::Sender<()>,
    done: JoinHandle<Result<(), HashError>>,
}

impl Held {
    async fn take_a_lane(lanes: &Lanes) -> Self {
        let (begun, has_begun) = oneshot::channel();
        let (go, wait) = mpsc::channel();
        let done = tokio::spawn(lanes.run(Urgency::Awaited, move |_| {
            let _ = begun.send(());
            let _ = wait.recv();
            Ok(())
        }));
        has_begun.await.unwrap();
        Self { go, done }
    }

    async fn let_go(self) -> Result<(), HashError> {
        self.go.send(()).unwrap();
        self.done.await.unwrap()
    }
}

#[tokio::test]
async fn a_full_queue_answers_busy_at_once_and_the_others_are_answered_s06() {
    let lanes = Lanes::start(&rules(1, 2)).unwrap();
    let held = Held::take_a_lane(&lanes).await;
    let (first, second) =
        (lanes.run(Urgency::Awaited, |_| Ok(1)), lanes.run(Urgency::Awaited, |_| Ok(2)));
    assert_eq!(lanes.run(Urgency::Awaited, |_| Ok(3)).await, Err(HashError::Busy));
    assert_eq!(held.let_go().await, Ok(()));
    assert_eq!((first.await, second.await), (Ok(1), Ok(2)));
}

#[tokio::test]
async fn who_waits_longer_than_max_wait_is_told_busy_and_not_hashed_s06() {
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let held = Held::take_a_lane(&lanes).await;
    let worked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&worked);
    let late = lanes.run(Urgency::Awaited, move |_| Ok(count.fetch_add(1, Ordering::SeqCst)));
    // Paused while the lane is known to be held: time then jumps to the end of the wait.
    tokio::time::pause();
    assert_eq!(late.await, Err(HashError::Busy));
    tokio::time::resume();
    assert_eq!(held.let_go().await, Ok(()));
    assert_eq!(lanes.run(Urgency::Awaited, |_| Ok(())).await, Ok(()));
    assert_eq!(worked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_hash_that_has_begun_is_waited_for_however_long_it_takes() {
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let held = Held::take_a_lane(&lanes).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(1)).await;
    tokio::task::yield_now().await;
    tokio::time::resume();
    assert_eq!(held.let_go().await, Ok(()));
}

#[tokio::test]
async fn the_job_of_a_caller_who_is_gone_is_skipped_s06() {
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let held = Held::take_a_lane(&lanes).await;
    let worked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&worked);
    drop(lanes.run(Urgency::Awaited, move |_| Ok(count.fetch_add(1, Ordering::SeqCst))));
    assert_eq!(held.let_go().await, Ok(()));
    assert_eq!(lanes.run(Urgency::Awaited, |_| Ok(())).await, Ok(()));
    assert_eq!(worked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_more_jobs_than_lanes_run_at_once_s06() {
    let lanes = Lanes::start(&rules(2, 64)).unwrap();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let jobs: Vec<_> = (0..64)
        .map(|_| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            lanes.run(Urgency::Awaited, move |_| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        })
        .collect();
    let answers = futures_util::future::join_all(jobs).await;
    // A lane may not have taken its first job before the queue was full; nobody else waited.
    assert!(answers.iter().all(Result::is_ok));
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn a_panic_fails_its_own_job_and_the_lane_lives() {
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let crash = |_: &mut Memory| -> Result<(), HashError> { panic!("crash on request") };
    assert_eq!(lanes.run(Urgency::Awaited, crash).await, Err(HashError::Failed));
    assert_eq!(lanes.run(Urgency::Awaited, |_| Ok(1)).await, Ok(1));
}

#[tokio::test]
async fn lanes_end_when_the_last_sender_is_gone() {
    struct Leaves(Option<oneshot::Sender<()>>);
    impl Drop for Leaves {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    thread_local!(static LEAVES: std::cell::RefCell<Option<Leaves>> = const { std::cell::RefCell::new(None) });
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let (ended, has_ended) = oneshot::channel();
    let leave = lanes.run(Urgency::Awaited, move |_| {
        LEAVES.with(|leaves| *leaves.borrow_mut() = Some(Leaves(Some(ended))));
        Ok(())
    });
    assert_eq!(leave.await, Ok(()));
    let clone = lanes.clone();
    drop(lanes);
    assert_eq!(clone.run(Urgency::Awaited, |_| Ok(1)).await, Ok(1));
    drop(clone);
    assert_eq!(has_ended.await, Ok(()));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_lane_and_only_a_lane_has_the_lowest_priority() {
    let nice = |thread| {
        let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap();
        // The name may hold anything: fields are counted from its end. proc(5): nice is the 19th.
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        after_name.split_whitespace().nth(16).unwrap().to_owned()
    };
    let before = nice(gettid());
    let lanes = Lanes::start(&rules(1, 8)).unwrap();
    let lane = lanes.run(Urgency::Awaited, |_| Ok(gettid())).await.unwrap();
    assert_eq!(nice(lane), "19");
    assert_eq!(nice(gettid()), before);
    assert_ne!(before, "19");
}

fn hash_of(memory_kib: u32) -> impl FnOnce(&mut Memory) -> Result<usize, HashError> + Send {
    move |memory| {
        let params = argon2::Params::new(memory_kib, 1, 1, None).unwrap();
        memory.argon2(ARGON2ID, &params, b"password", b"somesalt", &mut [0; 32])?;
        Ok(memory.held())
    }
}

#[tokio::test]
async fn memory_is_kept_between_jobs_but_never_more_than_usual() {
    let usual = HashingRules { memory_kib: 64, ..rules(1, 8) };
    let lanes = Lanes::start(&usual).unwrap();
    assert_eq!(lanes.run(Urgency::Awaited, hash_of(64)).await, Ok(64));
    assert_eq!(lanes.run(Urgency::Awaited, |memory| Ok(memory.held())).await, Ok(64));
    assert_eq!(lanes.run(Urgency::Awaited, hash_of(128)).await, Ok(128));
    assert_eq!(lanes.run(Urgency::Awaited, |memory| Ok(memory.held())).await, Ok(0));
}

#[tokio::test]
async fn an_idle_lane_gives_its_memory_back() {
    let lanes = Lanes::start_with(&rules(1, 8), Duration::ZERO).unwrap();
    assert_eq!(lanes.run(Urgency::Awaited, hash_of(8)).await, Ok(8));
    while lanes.run(Urgency::Awaited, |memory| Ok(memory.held())).await.unwrap() > 0 {}
    assert_eq!(lanes.run(Urgency::Awaited, hash_of(8)).await, Ok(8));
}

#[derive(Message)]
#[rtype(result = "Result<(), HashError>")]
struct Crash;
impl Handler<Crash> for PasswordHasher {
    type Result = Result<(), HashError>;
    fn handle(&mut self, _: Crash, _: &mut Self::Context) -> Self::Result {
        panic!("crash on request")
    }
}

#[derive(Message)]
#[rtype(result = "Result<Held, HashError>")]
struct HoldALane;
impl Handler<HoldALane> for PasswordHasher {
    type Result = actix::ResponseFuture<Result<Held, HashError>>;
    fn handle(&mut self, _: HoldALane, _: &mut Self::Context) -> Self::Result {
        let lanes = self.lanes().clone();
        Box::pin(async move { Ok(Held::take_a_lane(&lanes).await) })
    }
}

fn start(rules: &HashingRules, capacity: usize) -> Handle<PasswordHasher> {
    let limits = Limits { capacity, deadline: Duration::from_secs(5) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let hasher =
        PasswordHasher::new(rules, Peppers::default(), Arc::new(SeededRandom::new(1))).unwrap();
    supervise("password_hasher", limits, with, move || hasher.clone())
}

async fn verify(
    hasher: &Handle<PasswordHasher>,
    text: &str,
    hash: Option<PasswordHash>,
) -> Result<Verdict, HashError> {
    hasher.ask(VerifyPassword { password: password(text), hash }).await
}

#[actix::test]
async fn a_hashed_password_is_recognised_and_others_are_not() {
    let hasher = start(&rules(2, 8), 8);
    let hash = hasher.ask(HashPassword { password: password("correct horse") }).await.ok();
    assert!(hash.is_some());
    assert_eq!(verify(&hasher, "correct horse", hash.clone()).await, Ok(Verdict::Match));
    assert_eq!(verify(&hasher, "correct horsf", hash).await, Ok(Verdict::Mismatch));
    assert_eq!(verify(&hasher, "correct horse", None).await, Ok(Verdict::Mismatch));
    let foreign = Some(PasswordHash::from_phc("sha1$1234".to_owned()));
    assert_eq!(verify(&hasher, "correct horse", foreign).await, Ok(Verdict::Unusable));
}

#[actix::test]
async fn a_hash_is_renewed_when_nobody_else_waits_for_a_lane_s07() {
    let hasher = start(&rules(1, 8), 8);
    let rehash = || hasher.ask(RehashPassword { password: password("correct horse") });
    let hash = rehash().await.ok();
    assert_eq!(verify(&hasher, "correct horse", hash).await, Ok(Verdict::Match));

    let held = hasher.ask(HoldALane).await.unwrap();
    let mut background = Box::pin(rehash());
    assert!(poll!(&mut background).is_pending());
    assert_eq!(rehash().await.err(), Some(HashError::Busy), "one place for one lane");
    let mut awaited = Box::pin(hasher.ask(HoldALane));
    assert!(poll!(&mut awaited).is_pending());
    // Whoever asks last is answered when the others are in the queue.
    assert_eq!(rehash().await.err(), Some(HashError::Busy));
    held.let_go().await.unwrap();
    let held = awaited.await.unwrap();
    tokio::task::yield_now().await;
    assert!(poll!(&mut background).is_pending(), "though it was asked for earlier");
    held.let_go().await.unwrap();
    assert!(background.await.is_ok());
}

#[actix::test]
async fn each_hash_has_its_own_salt() {
    let hasher = start(&rules(1, 8), 8);
    let one = hasher.ask(HashPassword { password: password("same") }).await.ok().unwrap();
    let two = hasher.ask(HashPassword { password: password("same") }).await.ok().unwrap();
    assert!(one.as_phc() != two.as_phc());
}

#[actix::test]
async fn rules_below_the_floor_start_no_hasher_s01() {
    let cheap = HashingRules { floor: CostFloor::Owasp, ..rules(1, 8) };
    let refused =
        PasswordHasher::new(&cheap, Peppers::default(), Arc::new(SeededRandom::new(1))).err();
    assert!(matches!(refused, Some(StartHasherError::Rules(InvalidHashingRules::TooCheap))));
}

#[actix::test]
async fn a_restart_loses_nothing_and_adds_no_lane() {
    let hasher = start(&rules(1, 1), 8);
    let held = hasher.ask(HoldALane).await.unwrap();
    let crashed = HashError::Ask(AskError::Unavailable("password_hasher"));
    assert_eq!(hasher.ask(Crash).await, Err(crashed));
    tokio::task::yield_now().await;
    // The one lane is still held, so one request waits and the next finds no place.
    let (waiting, refused) = tokio::join!(
        async {
            let verdict = verify(&hasher, "x", None);
            let let_go = async {
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                held.let_go().await
            };
            tokio::join!(verdict, let_go).0
        },
        verify(&hasher, "x", None),
    );
    assert_eq!((waiting, refused), (Ok(Verdict::Mismatch), Err(HashError::Busy)));
}

#[actix::test]
async fn a_full_queue_has_no_room_and_says_so_before_any_work_s06() {
    let hasher = start(&rules(1, 1), 8);
    let held = hasher.ask(HoldALane).await.unwrap();
    assert_eq!(hasher.ask(CheckRoom).await, Ok(()));
    let mut waiting = Box::pin(verify(&hasher, "x", None));
    assert!(poll!(&mut waiting).is_pending());
    assert_eq!(hasher.ask(CheckRoom).await, Err(HashError::Busy));
    held.let_go().await.unwrap();
    assert_eq!(waiting.await, Ok(Verdict::Mismatch));
    assert_eq!(hasher.ask(CheckRoom).await, Ok(()));
}

#[actix::test]
async fn one_ask_beyond_the_capacity_is_refused_and_the_others_are_answered() {
    let hasher = start(&rules(1, 8), 2);
    let asks = (0..3).map(|_| verify(&hasher, "x", None));
    let answers = futures_util::future::join_all(asks).await;
    let overloaded = Err(HashError::Ask(AskError::Overloaded("password_hasher")));
    assert_eq!(answers, [Ok(Verdict::Mismatch), Ok(Verdict::Mismatch), overloaded]);
}

#[actix::test]
async fn stalled_lanes_cost_a_deadline_or_a_wait_and_the_next_request_is_served() {
    let patient = HashingRules { max_wait: Duration::from_mins(1), ..rules(1, 8) };
    let hasher = start(&patient, 8);
    let held = hasher.ask(HoldALane).await.unwrap();
    let timed_out = HashError::Ask(AskError::TimedOut("password_hasher"));
    tokio::time::pause();
    assert_eq!(verify(&hasher, "x", None).await, Err(timed_out));
    tokio::time::resume();
    assert_eq!(held.let_go().await, Ok(()));
    assert_eq!(verify(&hasher, "x", None).await, Ok(Verdict::Mismatch));
}
