//! What every store of the trail must do, run on each of them.

use std::borrow::Cow;
use std::time::Duration;

use super::AuditBackend;
use crate::audit_trail::query::Range;
use crate::audit_trail::{AuditEvent, AuditQuery};
use crate::domain::{AuditId, Timestamp, UserId};

pub(in super::super) const NOW: Timestamp = Timestamp::from_secs(1_642_344_000);

macro_rules! contract {
    ($make:path) => {
        $crate::audit_trail::backend::contract::run! { $make =>
            an_empty_trail_has_nothing_to_tell
            every_field_survives_storage
            the_newest_come_first_and_no_more_than_asked_for
            a_range_has_its_first_and_not_its_end
            an_account_and_a_kind_narrow_the_answer_each_and_both
            what_is_added_again_is_there_once
            a_batch_larger_than_a_page_is_added_whole
        }
    };
}
macro_rules! forgetting {
    ($make:path) => {
        $crate::audit_trail::backend::contract::run! { $make =>
            what_is_old_goes_bit_by_bit_and_from_every_index
        }
    };
}
macro_rules! run {
    ($make:path => $($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            let Some((backend, _kept)) = $make().await else { return };
            $crate::audit_trail::backend::contract::$name(&backend).await;
        })*
    };
}
pub(super) use {contract, forgetting, run};

pub(in super::super) fn after(secs: u64) -> Timestamp {
    NOW.after(Duration::from_secs(secs))
}

pub(super) fn user(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

/// An event of the account `of`, `secs` after [`NOW`].
pub(super) fn event(secs: u64, of: u8, kind: &'static str) -> AuditEvent {
    let mut id = *AuditId::first_at(after(secs)).as_bytes();
    id[8..].copy_from_slice(&[of; 8]);
    AuditEvent {
        id: AuditId::from_bytes(id),
        event: Cow::Borrowed(kind),
        outcome: Cow::Borrowed("success"),
        factor: Some(Cow::Borrowed("password")),
        user: Some(user(of)),
        subject: None,
        ip: Some("2001:db8::7".parse().unwrap()),
        request_id: Some(format!("request-{secs}")),
    }
}

/// Everything, up to `limit`.
pub(super) fn everything(limit: usize) -> Range {
    AuditQuery { limit, ..AuditQuery::default() }.range(Timestamp::from_secs(0))
}

/// The seconds after [`NOW`] of what is found.
async fn seconds(backend: &impl AuditBackend, range: Range) -> Vec<u64> {
    let found = backend.read(range).await.unwrap();
    found.iter().map(|event| event.id.at().since(NOW).as_secs()).collect()
}

pub(super) async fn an_empty_trail_has_nothing_to_tell(backend: &impl AuditBackend) {
    assert_eq!(backend.read(everything(10)).await, Ok(Vec::new()));
    assert_eq!(backend.append(Vec::new()).await, Ok(()));
    assert_eq!(backend.read(everything(10)).await, Ok(Vec::new()));
}

pub(super) async fn every_field_survives_storage(backend: &impl AuditBackend) {
    let full = event(1, 1, "sign_in");
    let masked = AuditEvent {
        user: None,
        subject: Some("a***@example.com".to_owned()),
        factor: None,
        ip: Some("192.0.2.1".parse().unwrap()),
        ..event(2, 2, "sign_up")
    };
    let bare = AuditEvent { subject: None, ip: None, request_id: None, ..masked.clone() };
    let bare = AuditEvent { id: event(3, 3, "").id, ..bare };
    let all = vec![full.clone(), masked.clone(), bare.clone()];
    assert_eq!(backend.append(all).await, Ok(()));
    assert_eq!(backend.read(everything(10)).await, Ok(vec![bare, masked, full]));
}

pub(super) async fn the_newest_come_first_and_no_more_than_asked_for(backend: &impl AuditBackend) {
    // In no order, and in several writes.
    for batch in [[3, 1], [5, 2]] {
        let batch = batch.into_iter().map(|secs| event(secs, 1, "refresh")).collect();
        assert_eq!(backend.append(batch).await, Ok(()));
    }
    assert_eq!(backend.append(vec![event(4, 1, "refresh")]).await, Ok(()));
    assert_eq!(seconds(backend, everything(10)).await, [5, 4, 3, 2, 1]);
    assert_eq!(seconds(backend, everything(2)).await, [5, 4]);
    let next = Range { before: event(4, 1, "").id, ..everything(2) };
    assert_eq!(seconds(backend, next).await, [3, 2]);
}

pub(super) async fn a_range_has_its_first_and_not_its_end(backend: &impl AuditBackend) {
    let all = (1..=5).map(|secs| event(secs, 1, "sign_in")).collect();
    assert_eq!(backend.append(all).await, Ok(()));
    let range = |since, until| AuditQuery {
        since: Some(after(since)),
        until: Some(after(until)),
        limit: 10,
        ..AuditQuery::default()
    };
    for (since, until, found) in
        [(2, 4, &[3, 2][..]), (0, 1, &[]), (5, 9, &[5]), (4, 4, &[]), (4, 2, &[])]
    {
        for (user, kind) in [(None, None), (Some(user(1)), None), (None, Some("sign_in".into()))] {
            let query = AuditQuery { user, event: kind, ..range(since, until) };
            let range = query.range(Timestamp::from_secs(0));
            assert_eq!(seconds(backend, range).await, found, "{since} {until}");
        }
    }
}

pub(super) async fn an_account_and_a_kind_narrow_the_answer_each_and_both(
    backend: &impl AuditBackend,
) {
    let kinds = ["sign_in", "sign_in_x", "refresh"];
    let all = (0..12_u8).map(|n| event(u64::from(n), n % 2, kinds[usize::from(n) / 2 % 3]));
    assert_eq!(backend.append(all.collect()).await, Ok(()));
    let nobody = AuditEvent { user: None, ..event(12, 9, "sign_in") };
    assert_eq!(backend.append(vec![nobody]).await, Ok(()));
    for (of, kind, found) in [
        (Some(0), None, &[10, 8, 6, 4, 2, 0][..]),
        (Some(7), None, &[]),
        (None, Some("sign_in"), &[12, 7, 6, 1, 0]),
        (None, Some("sign"), &[]),
        (Some(1), Some("sign_in"), &[7, 1]),
        (Some(1), Some("refresh"), &[11, 5]),
    ] {
        let (of, kind) = (of.map(user), kind.map(Cow::Borrowed));
        let range = Range { user: of, event: kind, ..everything(10) };
        assert_eq!(seconds(backend, range).await, found);
    }
}

pub(super) async fn what_is_added_again_is_there_once(backend: &impl AuditBackend) {
    let batch = vec![event(1, 1, "sign_in"), event(2, 1, "sign_in")];
    assert_eq!(backend.append(batch.clone()).await, Ok(()));
    let more = [batch, vec![event(3, 1, "sign_in")]].concat();
    assert_eq!(backend.append(more).await, Ok(()));
    for kind in [None, Some(Cow::Borrowed("sign_in"))] {
        let range = Range { event: kind, user: Some(user(1)), ..everything(10) };
        assert_eq!(seconds(backend, range).await, [3, 2, 1]);
    }
}

pub(super) async fn a_batch_larger_than_a_page_is_added_whole(backend: &impl AuditBackend) {
    let all = (0..500).map(|secs| event(secs, 1, "refresh")).collect();
    assert_eq!(backend.append(all).await, Ok(()));
    assert_eq!(backend.read(everything(501)).await.unwrap().len(), 500);
}

pub(super) async fn what_is_old_goes_bit_by_bit_and_from_every_index(backend: &impl AuditBackend) {
    let all = (0..6).map(|secs| event(secs, 1, "refresh")).collect();
    assert_eq!(backend.append(all).await, Ok(()));
    assert_eq!(backend.purge(NOW, 3).await, Ok(0));
    assert_eq!(backend.purge(after(5), 3).await, Ok(3));
    assert_eq!(backend.purge(after(5), 3).await, Ok(2));
    assert_eq!(backend.purge(after(5), 3).await, Ok(0));
    for (user, kind) in [
        (None, None),
        (Some(user(1)), None),
        (None, Some("refresh".into())),
        (Some(user(1)), Some("refresh".into())),
    ] {
        assert_eq!(seconds(backend, Range { user, event: kind, ..everything(10) }).await, [5]);
    }
}
