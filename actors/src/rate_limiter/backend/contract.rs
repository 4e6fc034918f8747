//! What every backend must do, run on each of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::embedded::Store;
use crate::rate_limiter::budget::Rule;
use crate::rate_limiter::charge::Scope;
use crate::rate_limiter::decide::Verdict;
use crate::rate_limiter::{BreakerRule, Quota};

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_000_000);
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// A budget of `count` an hour.
pub(super) fn budget(key: u8, count: u32) -> Charge {
    let rule = Rule::of([Quota { count, per: HOUR }]);
    Charge { key: BudgetKey::from_bytes([key; 16]), scope: Scope::Destination, rule }
}

/// A budget whose codes are judged, four at a time.
fn judged(key: u8) -> Charge {
    let breaker = BreakerRule { sample: 4, percent: 50, pause: HOUR, code_life: MINUTE };
    let rule = Rule { quotas: vec![Quota { count: 100, per: HOUR }], breaker: Some(breaker) };
    let scope = Scope::Country("NG".to_owned());
    Charge { key: BudgetKey::from_bytes([key; 16]), scope, rule }
}

pub(super) async fn is_charged(
    backend: &dyn BudgetBackend,
    charges: &[Charge],
    now: Timestamp,
) -> bool {
    let charging = backend.charge(charges.to_vec(), now).await.unwrap();
    charging.verdict == Verdict::Charged
}

async fn a_budget_is_charged_until_it_is_spent(backend: &dyn BudgetBackend) {
    for _ in 0..2 {
        assert!(is_charged(backend, &[budget(1, 2)], NOW).await);
    }
    let refused = backend.charge(vec![budget(1, 2)], NOW.after(MINUTE)).await.unwrap();
    let retry_after = 59 * MINUTE;
    assert_eq!(refused.verdict, Verdict::Refused { scope: Scope::Destination, retry_after });
    assert!(is_charged(backend, &[budget(1, 2)], NOW.after(HOUR)).await);
}

async fn all_are_charged_or_none(backend: &dyn BudgetBackend) {
    assert!(is_charged(backend, &[budget(2, 1)], NOW).await);
    for charges in [[budget(3, 1), budget(2, 1)], [budget(2, 1), budget(3, 1)]] {
        assert!(!is_charged(backend, &charges, NOW).await);
    }
    assert!(is_charged(backend, &[budget(3, 1), budget(4, 1)], NOW).await);
}

async fn of_parallel_charges_no_more_succeed_than_the_budget_allows(backend: &dyn BudgetBackend) {
    // Each has a second budget of its own, which a refusal must leave alone.
    let charges = |n: u8| [budget(100 + n, 1), budget(5, 7)];
    let granted = join_all((0..20).map(|n| async move {
        is_charged(backend, &charges(n), NOW.after(Duration::from_millis(u64::from(n)))).await
    }))
    .await;
    assert_eq!(granted.iter().filter(|granted| **granted).count(), 7);
    for (n, granted) in (0..20).zip(granted) {
        assert_eq!(is_charged(backend, &[budget(100 + n, 1)], NOW.after(MINUTE)).await, !granted);
    }
}

async fn codes_that_do_not_come_back_open_the_breaker_once(backend: &dyn BudgetBackend) {
    for _ in 0..4 {
        assert!(is_charged(backend, &[judged(6)], NOW).await);
    }
    let later = NOW.after(5 * MINUTE);
    // Refused by another budget too: the breaker opens all the same.
    let charges = vec![budget(1, 2), judged(6)];
    let tripped = backend.charge(charges, later).await.unwrap();
    assert_eq!(tripped.tripped, [Scope::Country("NG".to_owned())]);
    assert!(matches!(tripped.verdict, Verdict::Refused { .. }));
    let paused = backend.charge(vec![judged(6)], later.after(MINUTE)).await.unwrap();
    assert_eq!(paused.tripped, []);
    let (scope, retry_after) = (Scope::Country("NG".to_owned()), 59 * MINUTE);
    assert_eq!(paused.verdict, Verdict::Refused { scope, retry_after });
    assert!(is_charged(backend, &[judged(6)], later.after(HOUR)).await);
}

async fn codes_that_come_back_keep_the_breaker_closed(backend: &dyn BudgetBackend) {
    for n in 0..4 {
        assert!(is_charged(backend, &[judged(7)], NOW).await);
        if n < 2 {
            // Of a key without a record there is nothing to count.
            let keys = vec![BudgetKey::from_bytes([99; 16]), judged(7).key];
            backend.verified(keys).await.unwrap();
        }
    }
    assert!(is_charged(backend, &[judged(7)], NOW.after(5 * MINUTE)).await);
}

async fn a_sweep_changes_no_answer(backend: &dyn BudgetBackend) {
    assert!(is_charged(backend, &[budget(8, 1)], NOW).await);
    backend.sweep(NOW.after(MINUTE)).await.unwrap();
    assert!(!is_charged(backend, &[budget(8, 1)], NOW.after(MINUTE)).await);
    backend.sweep(NOW.after(48 * HOUR)).await.unwrap();
    assert!(is_charged(backend, &[budget(8, 1)], NOW.after(48 * HOUR)).await);
}

/// Each on keys of its own.
pub(super) async fn contract(backend: &dyn BudgetBackend) {
    a_budget_is_charged_until_it_is_spent(backend).await;
    all_are_charged_or_none(backend).await;
    of_parallel_charges_no_more_succeed_than_the_budget_allows(backend).await;
    codes_that_do_not_come_back_open_the_breaker_once(backend).await;
    codes_that_come_back_keep_the_breaker_closed(backend).await;
    a_sweep_changes_no_answer(backend).await;
}

#[tokio::test]
async fn the_memory_backend_keeps_the_contract() {
    contract(&MemoryBudgets::default()).await;
}

#[tokio::test]
async fn the_embedded_backend_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    contract(&EmbeddedBudgets::open(&store)).await;
}

#[tokio::test]
async fn two_users_of_one_embedded_store_share_its_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let backends = [0, 1].map(|_| Arc::new(EmbeddedBudgets::open(&store)));
    let charged = join_all((0..20).map(|n| {
        let backend = Arc::clone(&backends[n % 2]);
        async move { is_charged(&*backend, &[budget(1, 5)], NOW).await }
    }))
    .await;
    assert_eq!(charged.iter().filter(|charged| **charged).count(), 5);
}

#[tokio::test]
async fn the_embedded_sweep_frees_every_expired_record_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let backend = EmbeddedBudgets::open(&store);
    backend.sweep(NOW).await.unwrap(); // before there is a table
    let charge = |n: u32| {
        let mut key = [0; 16];
        key[..4].copy_from_slice(&n.to_be_bytes());
        // Every third lives for two hours.
        let per = if n.is_multiple_of(3) { 2 * HOUR } else { HOUR };
        let rule = Rule::of([Quota { count: 1, per }]);
        vec![Charge { key: BudgetKey::from_bytes(key), scope: Scope::Destination, rule }]
    };
    let charging = (0..2_500).map(|n| backend.charge(charge(n), NOW));
    assert!(join_all(charging).await.iter().all(Result::is_ok));
    let later = NOW.after(HOUR);
    for _ in 0..4 {
        backend.sweep(later).await.unwrap();
    }
    assert_eq!(backend.len().await, 834);
    for n in [0, 3, 2_499] {
        assert!(!is_charged(&backend, &charge(n), later).await, "{n}");
    }
}

#[tokio::test]
async fn an_unreadable_record_is_reported_and_not_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    let backend = EmbeddedBudgets::open(&store);
    let damage = store.write(|transaction| {
        let table = redb::TableDefinition::<&[u8], &[u8]>::new("send_budgets");
        transaction.open_table(table)?.insert([1; 16].as_slice(), [9].as_slice())?;
        Ok(())
    });
    damage.await.unwrap();
    let refused = backend.charge(vec![budget(1, 5)], NOW).await;
    assert_eq!(refused.err(), Some(crate::backend::BackendError::Corrupt));
}
