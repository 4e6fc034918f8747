//! S-17, S-18, S-50. The guard never sees request ids: codes of many requests, also resent ones,
//! and of many clients share the budget of their destination.

use super::GuessAdmission::{Disabled, FirstTriesOnly, WithinBudget};
use super::TryResult::{Abandoned, Right, Wrong};
use super::*;
use crate::domain::PhoneNumber;

fn email() -> Destination {
    Destination::Email(jo())
}

fn phone() -> Destination {
    Destination::Phone(PhoneNumber::parse("+2348012345678").unwrap())
}

#[actix::test]
async fn ten_wrong_guesses_an_hour_spend_the_budget_of_all_requests_and_resends_s17_s18() {
    let t = Fixture::start();
    for _ in 0..10 {
        assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    }
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(almost(HOUR));
    assert_eq!(t.guess(&email(), Abandoned).await, FirstTriesOnly);
    t.advance(MILLISECOND);
    assert_eq!(t.guess(&email(), Abandoned).await, WithinBudget);
}

#[actix::test]
async fn the_hour_slides() {
    let t = Fixture::start();
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
        t.advance(HOUR / 10);
    }
    // The first one is an hour old, the other nine are not.
    assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, FirstTriesOnly);
}

#[actix::test]
async fn twenty_wrong_guesses_a_day_spend_the_budget_s17() {
    let t = Fixture::start();
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

#[actix::test]
async fn budgets_survive_a_restart_s17() {
    let t = Fixture::start();
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    let t = t.restarted();
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

#[actix::test]
async fn budgets_hold_while_the_limits_are_off() {
    let t = Fixture::with(GuardRules { limit_sign_in: false });
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

#[actix::test]
async fn parallel_guesses_share_the_budget_and_the_hundred_s53() {
    let t = Fixture::start();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let guesses = (0..50).map(|_| t.guard.ask(AdmitGuess { destination: email() }));
        answers.extend(futures_util::future::join_all(guesses).await);
    }
    for (answer, times) in [(WithinBudget, 10), (FirstTriesOnly, 90), (Disabled, 50)] {
        assert_eq!(answers.iter().filter(|a| **a == Ok(answer)).count(), times, "{answer:?}");
    }
}

#[actix::test]
async fn a_right_guess_costs_nothing_and_leaves_the_wrong_ones_in_the_window() {
    let t = Fixture::start();
    for _ in 0..9 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.guess(&email(), Right).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, WithinBudget);
    assert_eq!(t.guess(&email(), Wrong).await, FirstTriesOnly);
}

#[actix::test]
async fn a_right_guess_ends_the_row_of_wrong_ones() {
    let t = Fixture::start();
    for result in [Wrong, Right, Wrong] {
        let times = if result == Wrong { 99 } else { 1 };
        for _ in 0..times {
            assert_ne!(t.guess(&email(), result).await, Disabled);
        }
    }
}

#[actix::test]
async fn a_hundred_wrong_guesses_disable_an_address_until_its_owner_confirms_s17() {
    let t = Fixture::start();
    for _ in 0..100 {
        assert_ne!(t.guess(&email(), Wrong).await, Disabled);
    }
    t.advance(almost(30 * DAY));
    assert_eq!(t.admit_guess(&email()).await, Disabled);
    let t = t.restarted();
    assert_eq!(t.admit_guess(&email()).await, Disabled);
    t.forget().await;
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

#[actix::test]
async fn an_address_without_an_account_is_enabled_again_after_a_month() {
    let t = Fixture::start();
    for _ in 0..100 {
        t.guess(&email(), Wrong).await;
    }
    t.advance(30 * DAY);
    assert_eq!(t.admit_guess(&email()).await, WithinBudget);
}

#[actix::test]
async fn a_disabled_number_is_enabled_again_after_a_day() {
    let t = Fixture::start();
    for _ in 0..100 {
        t.guess(&phone(), Wrong).await;
    }
    t.advance(almost(DAY));
    assert_eq!(t.admit_guess(&phone()).await, Disabled);
    t.advance(MILLISECOND);
    assert_eq!(t.admit_guess(&phone()).await, WithinBudget);
}

#[actix::test]
async fn a_confirmation_unlocks_but_refills_no_budget() {
    let t = Fixture::start();
    for _ in 0..100 {
        t.guess(&email(), Wrong).await;
    }
    t.forget().await;
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
    let t = t.restarted();
    assert_eq!(t.admit_guess(&email()).await, FirstTriesOnly);
}

#[actix::test]
async fn destinations_have_budgets_of_their_own() {
    let t = Fixture::start();
    for _ in 0..10 {
        t.guess(&email(), Wrong).await;
    }
    assert_eq!(t.admit_guess(&phone()).await, WithinBudget);
}

#[actix::test]
async fn a_sign_up_notice_goes_out_once_an_hour_also_over_a_restart_s50() {
    let t = Fixture::start();
    assert_eq!(t.guard.ask(AllowSignUpNotice { email: jo() }).await, Ok(true));
    assert_eq!(t.guard.ask(AllowSignUpNotice { email: jo() }).await, Ok(false));
    let t = t.restarted();
    t.advance(almost(HOUR));
    assert_eq!(t.guard.ask(AllowSignUpNotice { email: jo() }).await, Ok(false));
    t.advance(MILLISECOND);
    assert_eq!(t.guard.ask(AllowSignUpNotice { email: jo() }).await, Ok(true));
}
