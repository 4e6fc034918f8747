//! A store that is gone refuses: nothing is let through, and nothing is forgotten.

use std::time::Duration;

use mongod::Mongod;

use super::*;
use crate::attempt_guard::SignInAdmission::Admitted;
use crate::attempt_guard::TryResult::{Abandoned, Wrong};
use crate::backend::BackendError;

fn impatient(server: &Mongod) -> MongoSettings {
    MongoSettings {
        server_selection_timeout: Duration::from_millis(300),
        operation_timeout: Duration::from_millis(600),
        ..settings(&server.uri(), "guard")
    }
}

fn refused<T>(answer: &Result<T, BackendError>) -> bool {
    matches!(answer, Err(BackendError::Unavailable | BackendError::OutcomeUnknown))
}

/// Asks for everything, and expects nothing.
async fn everything_is_refused(guard: &MongoGuard) {
    assert!(refused(&guard.admit_sign_in(&jo(), addr(HOME), NOW).await));
    assert!(refused(&guard.settle_sign_in(&jo(), addr(HOME), Wrong, NOW).await));
    assert!(refused(&guard.forget_sign_ins(&jo(), NOW).await));
    assert!(refused(&guard.admit_guess(&email(), NOW).await));
    assert!(refused(&guard.settle_guess(&email(), Wrong, NOW).await));
    assert!(refused(&guard.forget_guesses(&email(), NOW).await));
    assert!(refused(&guard.allow_notice(&jo(), NOW).await));
}

#[tokio::test]
async fn a_killed_store_refuses_everything_and_has_every_settled_failure_when_it_is_back() {
    let Some(mut server) = Mongod::standalone().await else { return };
    let guard = machine(&impatient(&server)).await;
    guard.fail(HOME, 6, NOW).await;
    for _ in 0..10 {
        guard.admit_guess(&email(), NOW).await.unwrap();
        guard.settle_guess(&email(), Wrong, NOW).await.unwrap();
    }
    assert!(guard.allow_notice(&jo(), NOW).await.unwrap());

    server.kill();
    everything_is_refused(&guard).await;
    server.restart().await;
    assert_eq!(eventually(|| guard.admit_sign_in(&jo(), addr(HOME), NOW)).await, delayed(2));
    assert_eq!(guard.admit_guess(&email(), NOW).await, Ok(GuessAdmission::FirstTriesOnly));
    assert_eq!(guard.allow_notice(&jo(), NOW).await, Ok(false));
}

#[tokio::test]
async fn a_frozen_store_refuses_everything_in_time() {
    let Some(server) = Mongod::standalone().await else { return };
    let guard = machine(&impatient(&server)).await;
    guard.sign_in(HOME, Wrong, NOW).await;
    server.freeze();
    everything_is_refused(&guard).await;
    server.thaw();
    let later = NOW.after(Duration::from_mins(1));
    assert_eq!(eventually(|| guard.admit_sign_in(&jo(), addr(HOME), later)).await, Admitted);
    assert!(guard.settle(HOME, Abandoned, later).await >= 1);
}

/// Asks again until the store is found to be back.
async fn eventually<T>(ask: impl Fn() -> Pending<T>) -> T {
    for _ in 0..100 {
        if let Ok(answer) = ask().await {
            return answer;
        }
    }
    panic!("the store is not found again");
}
