//! Ids that sort by time: 48 bits of milliseconds, 16 bits that count within one, 64 random bits.
//!
//! The idea of UUID version 7 (RFC 9562 §5.7): pages that are cut between two ids stay as they
//! are, whatever is added, and a span of time is a range of keys.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{AuditId, Timestamp};
use crate::runtime::Random;

/// Milliseconds until the year 10889.
const TIME_BITS: u32 = 48;
const LATEST: u64 = (1 << TIME_BITS) - 1;

/// Makes the ids of one process.
pub(super) struct Ids {
    random: Arc<dyn Random>,
    last: Mutex<Last>,
}

/// The millisecond of the last id, and how many it had before.
#[derive(Default)]
struct Last {
    at: Timestamp,
    count: u16,
}

impl Ids {
    pub(super) fn new(random: Arc<dyn Random>) -> Self {
        Self { random, last: Mutex::default() }
    }

    /// An id after all that were made here within the same millisecond. Beyond 65 536 of them
    /// their order is random.
    pub(super) fn next(&self, now: Timestamp) -> AuditId {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let count = if last.at == now { last.count.saturating_add(1) } else { 0 };
        *last = Last { at: now, count };
        drop(last);
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        compose(now, count, bytes)
    }
}

impl AuditId {
    /// The least id of a moment.
    pub(super) fn first_at(moment: Timestamp) -> Self {
        compose(moment, 0, [0; 8])
    }

    /// After every id.
    pub(super) fn end() -> Self {
        Self::from_bytes([u8::MAX; 16])
    }

    fn number(&self) -> u128 {
        u128::from_be_bytes(*self.as_bytes())
    }

    /// The moment of the act, to the millisecond.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millis(u64::try_from(self.number() >> (128 - TIME_BITS)).unwrap_or(LATEST))
    }
}

fn compose(at: Timestamp, count: u16, random: [u8; 8]) -> AuditId {
    let time = u128::from(at.as_millis().min(LATEST)) << (128 - TIME_BITS);
    let count = u128::from(count) << u64::BITS;
    let random = u128::from(u64::from_be_bytes(random));
    AuditId::from_bytes((time | count | random).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::SeededRandom;

    const NOW: Timestamp = Timestamp::from_millis(1_642_344_000_123);

    #[test]
    fn ids_are_in_the_order_they_were_made_and_tell_their_time() {
        let ids = Ids::new(Arc::new(SeededRandom::new(1)));
        let times = [NOW; 300].into_iter().chain([Timestamp::from_millis(1_642_344_000_124); 3]);
        let made: Vec<_> = times.clone().map(|at| ids.next(at)).collect();
        assert!(made.is_sorted() && made.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(made.iter().map(AuditId::at).eq(times));
        assert!(AuditId::first_at(NOW) < made[0] && made[0] < AuditId::end());
    }

    #[test]
    fn two_processes_do_not_make_the_same_id() {
        let [a, b] = [1, 2].map(|seed| Ids::new(Arc::new(SeededRandom::new(seed))).next(NOW));
        assert_ne!(a, b);
    }

    #[test]
    fn no_clock_makes_ids_overflow() {
        let far = Timestamp::from_millis(u64::MAX);
        assert_eq!(AuditId::first_at(far).at().as_millis(), LATEST);
        let ids = Ids::new(Arc::new(SeededRandom::new(1)));
        for _ in 0..=u32::from(u16::MAX) + 1 {
            assert_eq!(ids.next(NOW).at(), NOW);
        }
    }
}
