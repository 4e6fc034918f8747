//! What every outbox must do, run on each of them.

use std::time::Duration;

use super::{OutboxBackend, PutOutcome};
use crate::domain::{EmailAddress, Language, OutboxId, PersonName, Timestamp};
use crate::notification_dispatch::kind::Kind;
use crate::notification_dispatch::outbox::{News, OutboxEntry};
use crate::notification_dispatch::retry::History;
use crate::notification_dispatch::templates::samples;

/// Of the outbox under test.
pub(super) const CAPACITY: usize = 5;
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_642_344_000);

macro_rules! contract {
    ($make:path) => {
        $crate::notification_dispatch::backend::contract::contract! { $make =>
            an_empty_outbox_has_nothing_due
            what_was_put_is_its_holder_s_until_the_lease_ends
            every_field_survives_storage
            every_kind_of_news_survives_storage
            what_was_claimed_is_nobody_else_s_until_the_lease_ends
            the_longest_due_come_first_and_no_more_than_asked_for
            what_was_settled_is_gone
            what_was_postponed_is_due_then_with_its_history
            who_lost_the_claim_postpones_nothing
            one_too_many_is_refused_and_changes_nothing
            of_parallel_claims_each_gets_its_own
        }
    };
    ($make:path => $($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some((backend, _kept)) = $make().await else { return };
            $crate::notification_dispatch::backend::contract::$name(&backend).await;
        })*
    };
}
pub(super) use contract;

pub(super) fn entry(number: u8) -> OutboxEntry {
    OutboxEntry {
        id: OutboxId::from_bytes([number; 16]),
        news: News::PasswordChanged {
            to: EmailAddress::parse(&format!("User{number}@example.com")).unwrap(),
            first_name: PersonName::parse("Ada").unwrap(),
        },
        language: Language::parse("pt-br").unwrap(),
        request_id: Some(format!("request-{number}")),
        queued_at: NOW,
        valid_until: after(86_400),
        history: History { tries: 2, perhaps_delivered: true },
        claim: 1,
    }
}

pub(super) fn after(secs: u64) -> Timestamp {
    NOW.after(Duration::from_secs(secs))
}

async fn put(backend: &impl OutboxBackend, number: u8, held_until: Timestamp) {
    assert_eq!(backend.put(entry(number), held_until).await, Ok(PutOutcome::Kept));
}

async fn claim(backend: &impl OutboxBackend, at: u64, until: u64, limit: usize) -> Vec<u8> {
    let claimed = backend.claim_due(after(at), after(until), limit).await.unwrap();
    claimed.iter().map(|entry| entry.id.as_bytes()[0]).collect()
}

pub(super) async fn an_empty_outbox_has_nothing_due(backend: &impl OutboxBackend) {
    assert_eq!(backend.claim_due(NOW, after(60), 10).await, Ok(Vec::new()));
    assert_eq!(backend.settle(entry(1).id).await, Ok(()));
    assert_eq!(backend.postpone(entry(1).id, 1, NOW, History::default()).await, Ok(()));
    assert_eq!(backend.claim_due(NOW, after(60), 10).await, Ok(Vec::new()));
}

pub(super) async fn what_was_put_is_its_holder_s_until_the_lease_ends(
    backend: &impl OutboxBackend,
) {
    put(backend, 1, after(60)).await;
    assert!(claim(backend, 59, 120, 10).await.is_empty());
    assert_eq!(claim(backend, 60, 120, 10).await, [1]);
}

pub(super) async fn every_field_survives_storage(backend: &impl OutboxBackend) {
    let news = News::AlreadyRegistered {
        to: EmailAddress::parse("Ada@Example.com").unwrap(),
        first_name: PersonName::parse("Àdá").unwrap(),
    };
    let other = OutboxEntry {
        news,
        request_id: None,
        history: History { tries: u32::MAX, perhaps_delivered: false },
        ..entry(2)
    };
    put(backend, 1, NOW).await;
    backend.put(other.clone(), after(1)).await.unwrap();
    let claimed = backend.claim_due(after(1), after(60), 10).await.unwrap();
    assert_eq!(claimed, [OutboxEntry { claim: 2, ..entry(1) }, OutboxEntry { claim: 2, ..other }]);
    let News::AlreadyRegistered { to, .. } = &claimed[1].news else { panic!("another kind") };
    assert_eq!(to.deliverable(), "Ada@example.com");
}

pub(super) async fn every_kind_of_news_survives_storage(backend: &impl OutboxBackend) {
    let all = Kind::ALL.into_iter().filter_map(|kind| News::of(&samples(kind)[0]));
    let put: Vec<_> = (1..).zip(all).map(|(n, news)| OutboxEntry { news, ..entry(n) }).collect();
    for (entry, due) in put.iter().zip(0..) {
        assert_eq!(backend.put(entry.clone(), after(due)).await, Ok(PutOutcome::Kept));
    }
    let claimed = backend.claim_due(after(60), after(120), 10).await.unwrap();
    let news = |entries: Vec<OutboxEntry>| entries.into_iter().map(|entry| entry.news);
    assert!(news(claimed).eq(news(put)));
}

pub(super) async fn what_was_claimed_is_nobody_else_s_until_the_lease_ends(
    backend: &impl OutboxBackend,
) {
    put(backend, 1, NOW).await;
    assert_eq!(claim(backend, 0, 60, 10).await, [1]);
    assert!(claim(backend, 59, 120, 10).await.is_empty());
    let again = backend.claim_due(after(60), after(120), 10).await.unwrap();
    assert_eq!(again, [OutboxEntry { claim: 3, ..entry(1) }]);
}

pub(super) async fn the_longest_due_come_first_and_no_more_than_asked_for(
    backend: &impl OutboxBackend,
) {
    for (number, due) in [(1, 30), (2, 10), (3, 20), (4, 41)] {
        put(backend, number, after(due)).await;
    }
    assert_eq!(claim(backend, 40, 100, 2).await, [2, 3]);
    assert_eq!(claim(backend, 40, 100, 2).await, [1]);
}

pub(super) async fn what_was_settled_is_gone(backend: &impl OutboxBackend) {
    put(backend, 1, NOW).await;
    put(backend, 2, NOW).await;
    assert_eq!(claim(backend, 0, 60, 10).await.len(), 2);
    backend.settle(entry(1).id).await.unwrap();
    assert_eq!(claim(backend, 60, 120, 10).await, [2]);
    backend.settle(entry(1).id).await.unwrap();
}

pub(super) async fn what_was_postponed_is_due_then_with_its_history(backend: &impl OutboxBackend) {
    put(backend, 1, after(60)).await;
    let history = History { tries: 7, perhaps_delivered: true };
    backend.postpone(entry(1).id, 1, after(20), history).await.unwrap();
    assert!(claim(backend, 19, 60, 10).await.is_empty());
    let claimed = backend.claim_due(after(20), after(60), 10).await.unwrap();
    assert_eq!(claimed, [OutboxEntry { claim: 2, history, ..entry(1) }]);
    // The time before is forgotten, and the later claim can be given back as well.
    assert!(claim(backend, 59, 90, 10).await.is_empty());
    backend.postpone(entry(1).id, 2, after(30), history).await.unwrap();
    assert_eq!(claim(backend, 30, 90, 10).await, [1]);
}

pub(super) async fn who_lost_the_claim_postpones_nothing(backend: &impl OutboxBackend) {
    put(backend, 1, NOW).await;
    assert_eq!(claim(backend, 0, 60, 10).await, [1]);
    backend.postpone(entry(1).id, 1, NOW, History::default()).await.unwrap();
    assert!(claim(backend, 59, 120, 10).await.is_empty());
    let claimed = backend.claim_due(after(60), after(120), 10).await.unwrap();
    assert_eq!(claimed[0].history, entry(1).history);
}

pub(super) async fn one_too_many_is_refused_and_changes_nothing(backend: &impl OutboxBackend) {
    for number in 1..=5 {
        put(backend, number, NOW).await;
    }
    // S-89.
    assert_eq!(backend.put(entry(6), NOW).await, Ok(PutOutcome::Full));
    assert_eq!(claim(backend, 0, 60, 10).await.len(), CAPACITY);
    backend.settle(entry(1).id).await.unwrap();
    put(backend, 6, NOW).await;
    assert_eq!(claim(backend, 0, 60, 10).await, [6]);
}

pub(super) async fn of_parallel_claims_each_gets_its_own(backend: &impl OutboxBackend) {
    for number in 1..=5 {
        put(backend, number, NOW).await;
    }
    let claims = (0..8).map(|_| claim(backend, 0, 60, 2));
    let mut all = futures_util::future::join_all(claims).await.concat();
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 4, 5]);
}
