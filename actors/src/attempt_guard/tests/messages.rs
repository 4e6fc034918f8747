//! Which counters each message concerns.

use super::GuessAdmission::{Disabled, FirstTriesOnly, WithinBudget};
use super::TryResult::{Abandoned, Wrong};
use super::*;
use crate::domain::PhoneNumber;

const HOME: &str = "192.0.2.1";
const OWNER: UserId = UserId::from_bytes([7; 16]);

fn number(n: u32) -> Destination {
    Destination::Phone(PhoneNumber::parse(&format!("+23480{:08}", 12_345_600 + n)).unwrap())
}

fn email() -> Destination {
    Destination::Email(jo())
}

impl Fixture {
    async fn guess(
        &self,
        destination: Destination,
        account: Option<UserId>,
        result: TryResult,
    ) -> GuessAdmission {
        let admit = AdmitGuess { destination: destination.clone(), account };
        let admission = self.guard.ask(admit).await.unwrap();
        if admission != Disabled {
            self.guard.ask(SettleGuess { destination, account, result }).await.unwrap();
        }
        admission
    }

    async fn forget(&self) {
        self.guard.ask(ForgetFailures { email: jo(), user_id: OWNER }).await.unwrap();
    }
}

#[actix::test]
async fn the_guesses_of_one_account_share_a_budget_wherever_its_codes_went_s17() {
    let t = Fixture::start();
    for n in 0..10 {
        assert_eq!(t.guess(number(n), Some(OWNER), Wrong).await, WithinBudget);
    }
    assert_eq!(t.guess(number(10), Some(OWNER), Abandoned).await, FirstTriesOnly);
    let other = UserId::from_bytes([8; 16]);
    assert_eq!(t.guess(number(10), Some(other), Abandoned).await, WithinBudget);
}

#[actix::test]
async fn the_guesses_of_all_accounts_share_the_budget_of_a_number_s17() {
    let t = Fixture::start();
    for n in 0..10 {
        let account = UserId::from_bytes([n; 16]);
        assert_eq!(t.guess(number(0), Some(account), Wrong).await, WithinBudget);
    }
    let account = UserId::from_bytes([99; 16]);
    assert_eq!(t.guess(number(0), Some(account), Abandoned).await, FirstTriesOnly);
}

#[actix::test]
async fn a_hundred_wrong_guesses_of_an_account_disable_it_until_its_owner_confirms_s17() {
    let t = Fixture::start();
    for n in 0..100 {
        assert_ne!(t.guess(number(n), Some(OWNER), Wrong).await, Disabled);
    }
    assert_eq!(t.guess(number(100), Some(OWNER), Abandoned).await, Disabled);
    t.forget().await;
    assert_eq!(t.guess(number(100), Some(OWNER), Abandoned).await, FirstTriesOnly);
}

#[actix::test]
async fn a_guess_refused_for_its_account_costs_the_owner_of_the_number_nothing() {
    let t = Fixture::start();
    for n in 0..100 {
        t.guess(number(n), Some(OWNER), Wrong).await;
    }
    for _ in 0..50 {
        assert_eq!(t.guess(number(100), Some(OWNER), Abandoned).await, Disabled);
    }
    assert_eq!(t.guess(number(100), None, Abandoned).await, WithinBudget);
}

#[actix::test]
async fn an_owner_who_confirms_is_let_in_and_may_guess_again_s52_s54() {
    let t = Fixture::start();
    t.fail(HOME, 9).await;
    for _ in 0..100 {
        t.guess(email(), None, Wrong).await;
    }
    t.forget().await;
    assert_eq!(t.admit(HOME).await, SignInAdmission::Admitted);
    assert_eq!(t.guess(email(), None, Wrong).await, FirstTriesOnly);
}
