//! What every journal must do, run on each of them.

use super::record::{Change, Changes, Kept, Record};
use super::*;
use crate::attempt_guard::account::{AccountFailures, PairFailures};
use crate::attempt_guard::backoff::Failures;
use crate::attempt_guard::budget::Guesses;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::known::KnownAddresses;
use crate::domain::Timestamp;
use crate::embedded::Store;

fn key(n: u8) -> GuardKey {
    GuardKey::from_bytes([n; 16])
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn kept(n: u8, record: Record) -> Kept {
    Kept { key: key(n), record, expires_at: at(u64::MAX) }
}

fn pair(in_a_row: u32) -> Record {
    let failures = Failures { in_a_row, last_at: at(7) };
    Record::Pair(PairFailures { failures, epoch: 3 })
}

fn one_of_each() -> Vec<Kept> {
    let failures = Failures { in_a_row: u32::MAX, last_at: at(u64::MAX) };
    vec![
        kept(1, Record::Account(AccountFailures { failures, from_known: 2, epoch: u64::MAX })),
        kept(2, pair(5)),
        kept(3, Record::Known(KnownAddresses(vec![(key(9), at(1)), (key(8), at(2))]))),
        kept(4, Record::Guesses(Guesses { in_a_row: 100, wrong_at: vec![at(1), at(2)] })),
        kept(5, Record::Notice),
    ]
}

fn saves(all: &[Kept]) -> Changes {
    Changes(all.iter().cloned().map(Change::Save).collect())
}

async fn an_empty_store_loads_nothing(journal: &dyn Journal) {
    assert_eq!(journal.load().await, Ok(Vec::new()));
}

async fn every_kind_of_record_comes_back_as_it_was_saved(journal: &dyn Journal) {
    journal.apply(saves(&one_of_each())).await.unwrap();
    assert_eq!(sorted(journal).await, one_of_each());
}

async fn a_later_save_replaces_an_earlier_one(journal: &dyn Journal) {
    journal.apply(saves(&[kept(2, pair(6))])).await.unwrap();
    let all = sorted(journal).await;
    assert_eq!((all.len(), &all[1]), (5, &kept(2, pair(6))));
}

async fn changes_take_effect_in_the_order_of_the_calls(journal: &dyn Journal) {
    let calls: Vec<_> = (10..60).map(|n| journal.apply(saves(&[kept(2, pair(n))]))).collect();
    // Awaited backwards: the call decides, not who is polled first.
    for call in calls.into_iter().rev() {
        call.await.unwrap();
    }
    assert_eq!(sorted(journal).await[1], kept(2, pair(59)));
}

async fn a_load_sees_what_was_called_before_it(journal: &dyn Journal) {
    let save = journal.apply(saves(&[kept(2, pair(60))]));
    assert_eq!(sorted(journal).await[1], kept(2, pair(60)));
    save.await.unwrap();
}

async fn one_call_may_save_and_remove_in_order(journal: &dyn Journal) {
    let mut changes = saves(&[kept(1, Record::Notice), kept(6, Record::Notice)]);
    changes.remove(key(1));
    changes.remove(key(99)); // never existed
    journal.apply(changes).await.unwrap();
    let keys: Vec<GuardKey> = sorted(journal).await.into_iter().map(|kept| kept.key).collect();
    assert_eq!(keys, [2, 3, 4, 5, 6].map(key));
}

async fn sorted(journal: &dyn Journal) -> Vec<Kept> {
    let mut all = journal.load().await.unwrap();
    all.sort_by_key(|kept| kept.key);
    all
}

/// In this order: each goes on with what the one before it left.
async fn contract(journal: &dyn Journal) {
    an_empty_store_loads_nothing(journal).await;
    every_kind_of_record_comes_back_as_it_was_saved(journal).await;
    a_later_save_replaces_an_earlier_one(journal).await;
    changes_take_effect_in_the_order_of_the_calls(journal).await;
    a_load_sees_what_was_called_before_it(journal).await;
    one_call_may_save_and_remove_in_order(journal).await;
}

#[tokio::test]
async fn the_memory_journal_keeps_the_contract() {
    contract(&MemoryJournal::default()).await;
}

#[tokio::test]
async fn the_embedded_journal_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    contract(&EmbeddedJournal::open(&store)).await;
}

#[tokio::test]
async fn the_embedded_journal_keeps_records_when_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    EmbeddedJournal::open(&store).apply(saves(&one_of_each())).await.unwrap();
    drop(store);
    // The writer thread lets go of the file only after its queue is gone.
    let store = loop {
        match Store::open(folder.path(), 1 << 20) {
            Ok(store) => break store,
            Err(crate::embedded::OpenError::InUse(_)) => tokio::task::yield_now().await,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(sorted(&EmbeddedJournal::open(&store)).await, one_of_each());
}

#[tokio::test]
async fn unreadable_records_are_reported_and_not_skipped() {
    use redb::TableDefinition;
    const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("attempt_guard");
    for (key, value) in [([1; 16].as_slice(), [9].as_slice()), (&[1; 15], &[1]), (&[1; 16], &[1])] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), 1 << 20).unwrap();
        let damage = store.write(move |transaction| {
            transaction.open_table(TABLE)?.insert(key, value)?;
            Ok(())
        });
        damage.await.unwrap();
        let loaded = EmbeddedJournal::open(&store).load().await;
        assert_eq!(loaded, Err(crate::backend::BackendError::Corrupt));
    }
}
