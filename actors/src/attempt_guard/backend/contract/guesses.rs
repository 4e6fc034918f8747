//! S-17, S-18, S-50. The guard never sees request ids: codes of many requests, also resent ones,
//! and of many clients share the budget of their destination.

use std::time::Duration;

use super::world::*;
use crate::attempt_guard::GuessAdmission::{Disabled, FirstTriesOnly, WithinBudget};
use crate::attempt_guard::TryResult::{Abandoned, Right, Wrong};

pub(in super::super) async fn ten_wrong_guesses_an_hour_spend_the_budget_of_all_requests_and_resends_s17_s18(
    t: World,
) {
    for _ in 0..10 {
        assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    }
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(almost(HOUR));
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(MILLISECOND);
    assert_eq!(t.guess(&email(), Abandoned).await, WithinBudget);
}

pub(in super::super) async fn the_hour_slides(t: World) {
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
        t.advance(HOUR / 10);
    }
    // The first one is an hour old, the other nine are not.
    assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, FirstTriesOnly);
}

pub(in super::super) async fn twenty_wrong_guesses_a_day_spend_the_budget_s17(t: World) {
    for n in 0..20 {
        assert_eq!(t.guess(&email(), Wrong).await, WithinBudget, "guess {n}");
        t.advance(HOUR);
    }
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(almost(4 * HOUR));
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(MILLISECOND);
    assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, FirstTriesOnly);
}

pub(in super::super) async fn budgets_survive_a_restart_s17(t: World) {
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    let t = t.restarted().await;
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

pub(in super::super) async fn budgets_hold_while_the_limits_are_off(t: World) {
    let t = t.unlimited().await;
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

pub(in super::super) async fn parallel_guesses_share_the_budget_and_the_hundred_s53(t: World) {
    let (mut answers, budget) = (Vec::new(), email());
    for _ in 0..3 {
        let guesses = (0..50).map(|_| t.backend.admit_guess(&budget, t.now()));
        answers.extend(futures_util::future::join_all(guesses).await);
    }
    for (answer, times) in [(WithinBudget, 10), (FirstTriesOnly, 90), (Disabled, 50)] {
        assert_eq!(answers.iter().filter(|a| **a == Ok(answer)).count(), times, "{answer:?}");
    }
}

pub(in super::super) async fn what_no_wrong_guess_counts_against_is_unguessed(t: World) {
    assert!(t.is_unguessed(&email()).await);
    t.guess(&email(), Right).await;
    assert!(t.is_unguessed(&email()).await);
    t.admit_guess(&email()).await;
    assert!(!t.is_unguessed(&email()).await, "one is under way");
    t.backend.settle_guess(&email(), Wrong, t.now()).await.unwrap();
    let t = t.restarted().await;
    assert!(!t.is_unguessed(&email()).await, "one was wrong");
    assert!(t.is_unguessed(&phone()).await, "another one's");
    t.advance(30 * DAY);
    assert!(t.is_unguessed(&email()).await, "long ago");
}

pub(in super::super) async fn a_wrong_guess_counts_without_admission_and_also_in_parallel_s17_s53(
    t: World,
) {
    let budget = email();
    assert_eq!(t.admit_guess(&budget).await, WithinBudget);
    let wrong = (0..9).map(|_| t.backend.count_wrong_guess(&budget, t.now()));
    assert!(futures_util::future::join_all(wrong).await.iter().all(Result::is_ok));
    assert_eq!(t.admit_guess(&budget).await, FirstTriesOnly, "nine, and one under way");
    let t = t.restarted().await;
    t.backend.count_wrong_guess(&budget, t.now()).await.unwrap();
    t.advance(almost(HOUR));
    assert_eq!(t.admit_guess(&budget).await, FirstTriesOnly);
}

pub(in super::super) async fn a_right_guess_costs_nothing_and_leaves_the_wrong_ones_in_the_window(
    t: World,
) {
    for _ in 0..9 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.guess(&email(), Right).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, FirstTriesOnly);
}

pub(in super::super) async fn a_right_guess_ends_the_row_of_wrong_ones(t: World) {
    for result in [Wrong, Right, Wrong] {
        let times = if result == Wrong { 99 } else { 1 };
        for _ in 0..times {
            assert_ne!(t.guess(&email(), result).await, Disabled);
        }
    }
}

pub(in super::super) async fn a_hundred_wrong_guesses_disable_an_address_until_its_owner_confirms_s17(
    t: World,
) {
    for _ in 0..100 {
        assert_ne!(t.guess(&email(), Wrong).await, Disabled);
    }
    t.advance(almost(30 * DAY));
    assert_eq!(t.admit_guess(&email()).await, Disabled);
    let t = t.restarted().await;
    assert_eq!(t.admit_guess(&email()).await, Disabled);
    t.forget().await;
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

pub(in super::super) async fn an_address_without_an_account_is_enabled_again_after_a_month(
    t: World,
) {
    for _ in 0..100 {
        t.guess(&email(), Wrong).await;
    }
    t.advance(30 * DAY);
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

pub(in super::super) async fn a_disabled_number_is_enabled_again_after_a_day(t: World) {
    for _ in 0..100 {
        t.guess(&phone(), Wrong).await;
    }
    t.advance(almost(DAY));
    assert_eq!(t.admit_guess(&phone()).await, Disabled);
    t.advance(MILLISECOND);
    assert_eq!(t.admit_guess(&phone()).await, WithinBudget);
}

pub(in super::super) async fn a_confirmation_unlocks_but_refills_no_budget(t: World) {
    for _ in 0..100 {
        t.guess(&email(), Wrong).await;
    }
    t.forget().await;
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
    let t = t.restarted().await;
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

pub(in super::super) async fn destinations_have_budgets_of_their_own(t: World) {
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.admit_guess(&phone()).await, WithinBudget);
    assert_eq!(t.admit_guess(&account()).await, WithinBudget);
}

pub(in super::super) async fn an_account_has_the_budget_of_an_address_s17(t: World) {
    for n in 0..100 {
        let expected = if n < 10 { WithinBudget } else { FirstTriesOnly };
        assert_eq!(t.guess(&account(), Wrong).await, expected);
    }
    t.advance(almost(30 * DAY));
    assert_eq!(t.admit_guess(&account()).await, Disabled);
    t.backend.forget_guesses(&account(), t.now()).await.unwrap();
    assert_eq!(t.admit_guess(&account()).await, WithinBudget);
}

pub(in super::super) async fn a_guess_that_is_never_settled_counts_for_a_minute(t: World) {
    for _ in 0..10 {
        assert_eq!(t.admit_guess(&email()).await, WithinBudget);
    }
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
    t.advance(Duration::from_mins(1));
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

pub(in super::super) async fn a_clock_set_back_by_a_year_spends_no_budget_f18(t: World) {
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    t.set_back(365 * DAY);
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
    t.advance(HOUR);
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

pub(in super::super) async fn a_sign_up_notice_goes_out_once_an_hour_also_over_a_restart_s50(
    t: World,
) {
    assert!(t.allow_notice().await);
    assert!(!t.allow_notice().await);
    let t = t.restarted().await;
    t.advance(almost(HOUR));
    assert!(!t.allow_notice().await);
    t.advance(MILLISECOND);
    assert!(t.allow_notice().await);
}
