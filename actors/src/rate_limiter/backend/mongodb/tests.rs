//! The contract on a real mongod, and two machines over one database.

use std::time::Duration;

use futures_util::future::join_all;

use super::super::contract::{NOW, budget, contract, is_charged};
use super::*;
use crate::mongo::fixture::{open, settings};

/// Two machines over one database.
async fn machines() -> Option<[MongoBudgets; 2]> {
    let (uri, database) = mongod::shared_standalone().await?;
    let settings = settings(&uri, &database);
    let specs = [MongoBudgets::collection()];
    Some([
        MongoBudgets::new(open(&settings, &specs).await),
        MongoBudgets::new(open(&settings, &specs).await),
    ])
}

#[tokio::test]
async fn the_mongodb_backend_keeps_the_contract() {
    let Some([one, _]) = machines().await else { return };
    contract(&one).await;
}

#[tokio::test]
async fn s19_s96_two_machines_together_send_no_more_than_a_budget_allows() {
    let Some(machines) = machines().await else { return };
    let charged = join_all((0..40_u8).map(|n| {
        let machine = &machines[usize::from(n) % 2];
        // The second is everybody's, the third one's own, which a refusal must leave alone.
        let charges = [budget(100 + n, 1), budget(1, 9)];
        async move { is_charged(machine, &charges, NOW).await }
    }))
    .await;
    assert_eq!(charged.iter().filter(|charged| **charged).count(), 9);
    for (n, charged) in (0..40).zip(charged) {
        let later = NOW.after(Duration::from_secs(1));
        assert_eq!(is_charged(&machines[0], &[budget(100 + n, 1)], later).await, !charged, "{n}");
    }
}

#[tokio::test]
async fn a_document_of_another_version_is_reported_and_not_taken_for_an_empty_one() {
    let Some([one, _]) = machines().await else { return };
    assert!(is_charged(&one, &[budget(1, 2)], NOW).await);
    let newer = doc! { "$set": { "schema": 2_i64 } };
    one.budgets.update_one(doc! {}, newer).await.unwrap();
    let refused = one.charge(vec![budget(1, 2)], NOW).await;
    assert_eq!(refused.err(), Some(BackendError::Corrupt));
}
