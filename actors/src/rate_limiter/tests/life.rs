//! Stores that fail, bounds, and what is freed.

use std::time::Duration;

use super::fixture::*;
use crate::backend::BackendError;
use crate::rate_limiter::*;
use crate::runtime::AskError;

#[actix::test]
async fn while_the_store_fails_nothing_may_be_sent_and_clients_are_limited_all_the_same() {
    let limiter = Fixture::start();
    limiter.store.set(FAILING);
    let refusal = limiter.try_send(code_to("jo@example.com"), "192.0.2.1").await;
    assert_eq!(refusal, Err(LimiterError::Backend(BackendError::Unavailable)));
    for _ in 0..3 {
        assert_eq!(limiter.admit(Purpose::SignUp, "192.0.2.1").await, Admission::Admitted);
    }
    assert_ne!(limiter.admit(Purpose::SignUp, "192.0.2.1").await, Admission::Admitted);
    limiter.store.set(WORKING);
    let granted = limiter.try_send(code_to("jo@example.com"), "192.0.2.1").await;
    assert_eq!(granted, Ok(SendAdmission::Granted));
}

/// S-89, F-17.
#[actix::test]
async fn while_the_store_hangs_so_many_wait_and_no_more() {
    let limiter = Fixture::start();
    limiter.store.set(STALLED);
    let send = || limiter.try_send(code_to("jo@example.com"), "192.0.2.1");
    let answers = futures_util::future::join_all((0..CAPACITY + 10).map(|_| send())).await;
    let count = |error: AskError| {
        answers.iter().filter(|answer| **answer == Err(LimiterError::Ask(error))).count()
    };
    assert_eq!(count(AskError::Overloaded("rate_limiter")), 10);
    assert_eq!(count(AskError::TimedOut("rate_limiter")), CAPACITY);
}

#[actix::test]
async fn records_that_say_nothing_any_more_are_freed() {
    let limiter = Fixture::start();
    assert_eq!(limiter.send(code_to("jo@example.com")).await, SendAdmission::Granted);
    assert_eq!(limiter.store.records.len(), 3);
    limiter.advance(2 * HOUR);
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(limiter.store.records.len(), 1, "the destination counts for a day");
    limiter.advance(DAY);
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(limiter.store.records.len(), 0);
}
