//! The contract on a real mongod, and two machines over one database.

use std::sync::Arc;

use super::super::contract::{self, RULES};
use super::*;
use crate::backend::BackendError;
use crate::mongo::fixture::{open, settings};
use crate::otp_manager::fixtures::{NOW, attempt, new, sign_up};
use crate::otp_manager::{OtpRules, Purpose};

async fn make() -> Option<(Arc<MongoOtps>, ())> {
    let [one, _] = machines(RULES).await?;
    Some((Arc::new(one), ()))
}

contract::suite!(make);

/// Two machines over one database.
async fn machines(rules: OtpRules) -> Option<[MongoOtps; 2]> {
    let (uri, database) = mongod::shared_standalone().await?;
    let settings = settings(&uri, &database);
    let specs = [MongoOtps::collection()];
    let [one, other] = [open(&settings, &specs).await, open(&settings, &specs).await];
    Some([MongoOtps::new(one, rules), MongoOtps::new(other, rules)])
}

fn accepted(outcome: Result<VerifyOtpOutcome, BackendError>) -> bool {
    matches!(outcome.unwrap(), VerifyOtpOutcome::Accepted(_))
}

#[tokio::test]
async fn s14_s96_of_50_parallel_right_codes_on_two_machines_exactly_one_is_accepted() {
    let Some([one, other]) = machines(OtpRules::default()).await else { return };
    for round in 1..=20 {
        let email = format!("jo{round}@example.com");
        one.insert(new(round, sign_up(&email), 42), NOW).await.unwrap();
        let tries = (0..50).map(|n| {
            let machine = if n % 2 == 0 { &one } else { &other };
            machine.attempt(attempt(round, Purpose::SignUp, 42), NOW)
        });
        let outcomes = futures_util::future::join_all(tries).await;
        assert_eq!(
            outcomes.into_iter().filter(|o| matches!(o, Ok(VerifyOtpOutcome::Accepted(_)))).count(),
            1
        );
    }
}

#[tokio::test]
async fn s15_wrong_codes_on_two_machines_count_together() {
    let Some([one, other]) = machines(OtpRules::default()).await else { return };
    one.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    for n in 0..5 {
        let machine = if n % 2 == 0 { &other } else { &one };
        assert!(!accepted(machine.attempt(attempt(1, Purpose::SignUp, 1), NOW).await));
    }
    assert!(!accepted(one.attempt(attempt(1, Purpose::SignUp, 42), NOW).await));
    assert!(!accepted(other.attempt(attempt(1, Purpose::SignUp, 42), NOW).await));
}

#[tokio::test]
async fn a_code_resent_by_one_machine_is_the_only_one_on_the_other() {
    let Some([one, other]) = machines(OtpRules::default()).await else { return };
    one.insert(new(1, sign_up("jo@example.com"), 42), NOW).await.unwrap();
    assert!(one.find(new(1, sign_up("jo@example.com"), 42).id, NOW).await.unwrap().is_some());
    let later = NOW.after(std::time::Duration::from_mins(1));
    let renewed = new(1, sign_up("jo@example.com"), 77);
    assert!(matches!(
        other.resend(renewed.id, renewed.mac, later).await,
        Ok(Resending::Replaced { .. })
    ));
    assert!(!accepted(one.attempt(attempt(1, Purpose::SignUp, 42), later).await));
    assert!(accepted(one.attempt(attempt(1, Purpose::SignUp, 77), later).await));
}

#[tokio::test]
async fn five_per_destination_holds_over_two_machines() {
    // S-45: parallel sign-ups of one address leave five of them pending.
    let Some([one, other]) = machines(OtpRules::default()).await else { return };
    let inserts = (1..=20).map(|n| {
        let machine = if n % 2 == 0 { &one } else { &other };
        machine.insert(new(n, sign_up("jo@example.com"), 42), NOW)
    });
    for kept in futures_util::future::join_all(inserts).await {
        assert!(matches!(kept, Ok(Insertion::Kept { .. })));
    }
    let mut pending = 0;
    for n in 1..=20 {
        let id = new(n, sign_up("jo@example.com"), 42).id;
        // A third look, with no memory of its own.
        pending += usize::from(one.0.find(id).await.unwrap().is_some());
    }
    assert_eq!(pending, 5);
}
