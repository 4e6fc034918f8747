//! The last deliveries, for an operator who asks what became of a mail.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{DeliveriesQuery, DeliveryRecord, DeliveryState, Medium};
use crate::domain::OutboxId;
use crate::domain::Timestamp;

/// Deliveries kept; the oldest make room. At about 400 bytes each, within 1 MiB.
const CAPACITY: usize = 1000;

/// A ring of the last deliveries. In memory: it begins anew with the process.
#[derive(Default)]
pub(super) struct DeliveryLog(Mutex<Ring>);

/// What a delivery begins with.
pub(super) struct Beginning {
    pub(super) medium: Medium,
    pub(super) kind: &'static str,
    /// Masked.
    pub(super) to: String,
    pub(super) request_id: Option<String>,
    pub(super) queued_at: Timestamp,
    pub(super) tries: u32,
}

#[derive(Default)]
struct Ring {
    /// Their ids are consecutive.
    deliveries: VecDeque<Row>,
    last_id: u64,
}

struct Row {
    delivery: DeliveryRecord,
    kept_as: Option<OutboxId>,
}

impl DeliveryLog {
    /// Adds a delivery and returns its id.
    pub(super) fn begin(&self, beginning: Beginning) -> u64 {
        let Beginning { medium, kind, to, request_id, queued_at, tries } = beginning;
        let mut ring = self.ring();
        if ring.deliveries.len() == CAPACITY {
            ring.deliveries.pop_front();
        }
        ring.last_id += 1;
        let id = ring.last_id;
        let state = DeliveryState::Queued;
        let at = queued_at.to_rfc3339();
        let delivery = DeliveryRecord {
            id,
            medium,
            kind,
            to,
            state,
            tries,
            last_error: None,
            request_id,
            queued_at: at.clone(),
            changed_at: at,
        };
        ring.deliveries.push_back(Row { delivery, kept_as: None });
        id
    }

    /// The delivery `id` is in the outbox as `kept_as`.
    pub(super) fn kept(&self, id: u64, kept_as: OutboxId) {
        if let Some(row) = self.ring().find(id) {
            row.kept_as = Some(kept_as);
        }
    }

    /// The delivery that this process once began for what is in the outbox as `kept_as`.
    pub(super) fn of_kept(&self, kept_as: OutboxId) -> Option<u64> {
        let ring = self.ring();
        let row = ring.deliveries.iter().rev().find(|row| row.kept_as == Some(kept_as))?;
        Some(row.delivery.id)
    }

    /// The delivery `id` has reached `state`, after `tries`.
    pub(super) fn reached(&self, id: u64, state: DeliveryState, tries: u32, now: Timestamp) {
        if let Some(row) = self.ring().find(id) {
            row.delivery.state = state;
            row.delivery.tries = tries;
            row.delivery.changed_at = now.to_rfc3339();
        }
    }

    /// A try of the delivery `id` failed.
    pub(super) fn failed(&self, id: u64, error: String) {
        if let Some(row) = self.ring().find(id) {
            row.delivery.last_error = Some(error);
        }
    }

    /// The deliveries that `query` asks for, newest first.
    pub(super) fn read(&self, query: &DeliveriesQuery) -> Vec<DeliveryRecord> {
        let wanted = |delivery: &&DeliveryRecord| {
            query.before.is_none_or(|before| delivery.id < before)
                && query.medium.is_none_or(|medium| delivery.medium == medium)
                && query.state.is_none_or(|state| delivery.state == state)
        };
        let ring = self.ring();
        let newest_first = ring.deliveries.iter().rev().map(|row| &row.delivery);
        newest_first.filter(wanted).take(query.limit).cloned().collect()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn find(&mut self, id: u64) -> Option<&mut Row> {
        let first = self.deliveries.front()?.delivery.id;
        let index = usize::try_from(id.checked_sub(first)?).ok()?;
        self.deliveries.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_642_344_000);

    fn begin(log: &DeliveryLog, medium: Medium) -> u64 {
        log.begin(Beginning {
            medium,
            kind: "password_changed",
            to: "a***@example.com".to_owned(),
            request_id: Some("request-1".to_owned()),
            queued_at: NOW,
            tries: 0,
        })
    }

    fn ids(log: &DeliveryLog, query: &DeliveriesQuery) -> Vec<u64> {
        log.read(query).iter().map(|delivery| delivery.id).collect()
    }

    #[test]
    fn the_newest_come_first_page_by_page() {
        let log = DeliveryLog::default();
        for _ in 0..5 {
            begin(&log, Medium::Email);
        }
        let page = |before| DeliveriesQuery { limit: 2, before, ..DeliveriesQuery::default() };
        assert_eq!(ids(&log, &page(None)), [5, 4]);
        assert_eq!(ids(&log, &page(Some(4))), [3, 2]);
        assert_eq!(ids(&log, &page(Some(2))), [1]);
        assert_eq!(ids(&log, &page(Some(1))), [] as [u64; 0]);
    }

    #[test]
    fn medium_and_state_narrow_the_answer() {
        let log = DeliveryLog::default();
        for medium in [Medium::Email, Medium::Sms, Medium::Email] {
            begin(&log, medium);
        }
        log.reached(3, DeliveryState::Delivered, 2, NOW.after(std::time::Duration::from_secs(1)));
        log.failed(3, "not delivered for now: 450".to_owned());
        let all = DeliveriesQuery::default();
        let mails = DeliveriesQuery { medium: Some(Medium::Email), ..all };
        assert_eq!(ids(&log, &mails), [3, 1]);
        let delivered = DeliveriesQuery { state: Some(DeliveryState::Delivered), ..all };
        let found = log.read(&delivered);
        let [delivery] = found.as_slice() else { panic!("one delivery") };
        assert_eq!((delivery.id, delivery.tries), (3, 2));
        assert_eq!(delivery.last_error.as_deref(), Some("not delivered for now: 450"));
        assert_eq!(delivery.queued_at, "2022-01-16T14:40:00.000Z");
        assert_eq!(delivery.changed_at, "2022-01-16T14:40:01.000Z");
    }

    #[test]
    fn only_the_last_thousand_are_kept_and_what_is_gone_can_still_end() {
        let log = DeliveryLog::default();
        for _ in 0..1001 {
            begin(&log, Medium::Email);
        }
        log.reached(1, DeliveryState::Delivered, 1, NOW);
        log.reached(1002, DeliveryState::Delivered, 1, NOW);
        let all = ids(&log, &DeliveriesQuery { limit: 2000, ..DeliveriesQuery::default() });
        assert_eq!((all.len(), all.first(), all.last()), (1000, Some(&1001), Some(&2)));
    }

    #[test]
    fn what_comes_back_from_the_outbox_is_the_same_delivery() {
        let log = DeliveryLog::default();
        let (kept, other) = (OutboxId::from_bytes([1; 16]), OutboxId::from_bytes([2; 16]));
        let id = begin(&log, Medium::Email);
        log.kept(id, kept);
        begin(&log, Medium::Email);
        assert_eq!((log.of_kept(kept), log.of_kept(other)), (Some(id), None));
    }
}
