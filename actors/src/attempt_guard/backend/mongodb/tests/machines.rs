//! S-96: two machines over one database behave as one.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::attempt_guard::SignInAdmission::{Admitted, Disabled};
use crate::attempt_guard::TryResult::{Right, Wrong};
use crate::backend::BackendError;

async fn machines() -> Option<[MongoGuard; 2]> {
    let (uri, database) = mongod::shared_standalone().await?;
    let settings = settings(&uri, &database);
    Some([machine(&settings).await, machine(&settings).await])
}

/// Every other try on the other machine, all at once.
async fn parallel<T>(
    machines: &[MongoGuard; 2],
    tries: usize,
    ask: impl Fn(&MongoGuard) -> Pending<T>,
) -> Vec<Result<T, BackendError>> {
    join_all(machines.iter().cycle().take(tries).map(ask)).await
}

#[tokio::test]
async fn of_64_parallel_guesses_ten_are_within_the_budget_s17_s53() {
    let Some(both) = machines().await else { return };
    for round in 0..5 {
        let now = NOW.after(Duration::from_hours(24 * round));
        let answers = parallel(&both, 64, |guard| guard.admit_guess(&email(), now)).await;
        let count = |of| answers.iter().filter(|answer| **answer == Ok(of)).count();
        assert_eq!(count(GuessAdmission::WithinBudget), 10);
        assert_eq!(count(GuessAdmission::FirstTriesOnly), 54);
    }
}

#[tokio::test]
async fn of_parallel_guesses_only_a_hundred_are_made_s17_s53() {
    let Some(both) = machines().await else { return };
    let mut made = 0;
    for _ in 0..3 {
        let answers = parallel(&both, 50, |guard| guard.admit_guess(&email(), NOW)).await;
        made += answers.iter().filter(|answer| **answer != Ok(GuessAdmission::Disabled)).count();
    }
    assert_eq!(made, 100);
}

#[tokio::test]
async fn parallel_guesses_that_are_wrong_all_count() {
    let Some(both) = machines().await else { return };
    let settle = |guard: &MongoGuard| guard.settle_guess(&email(), Wrong, NOW);
    assert!(parallel(&both, 99, settle).await.iter().all(Result::is_ok));
    for (guard, expected) in both.iter().zip([false, true]) {
        let admission = guard.admit_guess(&email(), NOW).await.unwrap();
        assert_eq!(admission == GuessAdmission::Disabled, expected, "the hundredth is under way");
    }
}

#[tokio::test]
async fn of_parallel_tries_after_four_failures_one_is_admitted_s53() {
    let Some(both) = machines().await else { return };
    both[0].fail(STRANGER, 4, NOW).await;
    let admit = |guard: &MongoGuard| guard.admit_sign_in(&jo(), addr(STRANGER), NOW);
    let answers = parallel(&both, 64, admit).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(Admitted)).count(), 1);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn failures_on_one_machine_delay_on_the_other() {
    let Some([one, other]) = machines().await else { return };
    assert_eq!(other.sign_in(STRANGER, Wrong, NOW).await, 0);
    one.fail(STRANGER, 6, NOW).await;
    assert_eq!(other.admit(STRANGER, NOW).await, delayed(4));
    assert_eq!(other.sign_in(STRANGER, Wrong, NOW.after(Duration::from_secs(4))).await, 7);
    assert_eq!(one.admit(STRANGER, NOW.after(Duration::from_secs(4))).await, delayed(8));
}

#[tokio::test]
async fn a_try_under_way_on_one_machine_counts_on_the_other_s53() {
    let Some([one, other]) = machines().await else { return };
    other.fail(STRANGER, 4, NOW).await;
    assert_eq!(one.admit(STRANGER, NOW).await, Admitted);
    assert_eq!(other.admit(STRANGER, NOW).await, delayed(1));
    one.settle(STRANGER, TryResult::Abandoned, NOW).await;
    assert_eq!(other.admit(STRANGER, NOW).await, Admitted);
}

#[tokio::test]
async fn the_hundredth_failure_on_one_disables_on_both_and_forgetting_on_one_opens_both_s52() {
    let Some([one, other]) = machines().await else { return };
    one.fail(STRANGER, 50, NOW).await;
    other.fail(STRANGER, 50, NOW).await;
    for guard in [&one, &other, &one] {
        assert_eq!(guard.admit(STRANGER, NOW).await, Disabled);
    }
    other.forget_sign_ins(&jo(), NOW).await.unwrap();
    assert_eq!(one.sign_in(STRANGER, Wrong, NOW).await, 0);
    assert_eq!(other.sign_in(STRANGER, Wrong, NOW).await, 1);
}

#[tokio::test]
async fn an_address_known_to_one_machine_is_known_to_the_other_s54() {
    let Some([one, other]) = machines().await else { return };
    one.sign_in(HOME, Right, NOW).await;
    other.fail(STRANGER, 10, NOW).await;
    assert_eq!(one.admit(STRANGER, NOW).await, delayed(32));
    assert_eq!(other.admit(HOME, NOW).await, Admitted);
}

#[tokio::test]
async fn of_parallel_notices_one_goes_out_s50() {
    let Some(both) = machines().await else { return };
    let answers = parallel(&both, 20, |guard| guard.allow_notice(&jo(), NOW)).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Ok(true)).count(), 1);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_machine_two_seconds_behind_shortens_no_wait_s96() {
    let Some([ahead, behind]) = machines().await else { return };
    let on_the_other = |at: Timestamp| at.before(Duration::from_secs(2));
    ahead.fail(STRANGER, 7, NOW).await;
    assert_eq!(behind.admit(STRANGER, on_the_other(NOW)).await, delayed(4));
    let almost = NOW.after(Duration::from_secs(4)).before(MILLISECOND);
    assert_eq!(ahead.admit(STRANGER, almost).await, delayed(1));
    assert_eq!(ahead.admit(STRANGER, almost.after(MILLISECOND)).await, Admitted);
}
