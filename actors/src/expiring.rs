//! A bounded map whose entries expire.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::domain::Timestamp;

/// At most `capacity` entries, indexed by expiry.
///
/// When full, the entry that would be forgotten soonest makes room. So a flood of new keys evicts
/// its own: what is remembered longest, because it is limited most, goes last. Every operation
/// takes logarithmic time: there is no scan (S-57).
pub(crate) struct Expiring<K, E> {
    capacity: usize,
    entries: HashMap<K, Slot<E>>,
    by_expiry: BTreeSet<(Timestamp, K)>,
}

struct Slot<E> {
    entry: E,
    expires_at: Timestamp,
}

impl<K: Copy + Ord + Hash, E> Expiring<K, E> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, entries: HashMap::new(), by_expiry: BTreeSet::new() }
    }

    /// The entry, unless expired: that is decided here, the purge only frees memory.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<&E> {
        self.entries.get(key).filter(|slot| now < slot.expires_at).map(|slot| &slot.entry)
    }

    /// Adds or replaces an entry. Where another must make room, it is never this one's own turn:
    /// a newcomer that comes again must be remembered.
    pub(crate) fn put(&mut self, key: K, entry: E, expires_at: Timestamp) {
        if let Some(old) = self.entries.insert(key, Slot { entry, expires_at }) {
            self.by_expiry.remove(&(old.expires_at, key));
        }
        self.by_expiry.insert((expires_at, key));
        if self.entries.len() > self.capacity {
            self.evict_before(key);
        }
    }

    /// Evicts what expires soonest, but not `newcomer`: so the second at the latest.
    fn evict_before(&mut self, newcomer: K) {
        let victim = self.by_expiry.iter().find(|(_, key)| *key != newcomer).copied();
        if let Some(victim) = victim {
            self.by_expiry.remove(&victim);
            self.entries.remove(&victim.1);
        }
    }

    /// Frees at most `limit` expired entries.
    pub(crate) fn purge(&mut self, now: Timestamp, limit: usize) {
        for _ in 0..limit {
            match self.by_expiry.first() {
                Some((expires_at, _)) if *expires_at <= now => {}
                _ => return,
            }
            if let Some((_, key)) = self.by_expiry.pop_first() {
                self.entries.remove(&key);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.entries.len(), self.by_expiry.len(), "index and entries agree");
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_full_map_drops_what_expires_soonest_but_not_the_newcomer() {
        let mut map = Expiring::new(2);
        map.put(1, "long", at(100));
        map.put(2, "short", at(10));
        map.put(3, "longer", at(20));
        assert_eq!(map.get(&2, at(0)), None);
        map.put(4, "newcomer", at(5));
        assert_eq!(map.get(&3, at(0)), None);
        map.put(5, "next newcomer", at(5));
        assert_eq!((map.get(&4, at(0)), map.get(&1, at(0))), (None, Some(&"long")));
    }

    #[test]
    fn an_entry_is_gone_at_its_expiry_even_before_the_purge() {
        let mut map = Expiring::new(1);
        map.put(1, (), at(10));
        assert!(map.get(&1, at(9)).is_some());
        assert!(map.get(&1, at(10)).is_none());
        assert_eq!(map.len(), 1);
    }

    #[test]
    fn a_purge_frees_the_expired_only_and_no_more_than_its_limit() {
        let mut map = Expiring::new(9);
        for n in 1..=5 {
            map.put(n, (), at(n));
        }
        map.purge(at(4), 3);
        assert_eq!(map.len(), 2);
        map.purge(at(4), 3);
        assert_eq!(map.len(), 1);
    }

    proptest! {
        #[test]
        fn no_sequence_of_changes_exceeds_the_capacity(
            steps in prop::collection::vec((0_u8..4, 0_u8..12, 0_u64..50), 0..200),
        ) {
            let mut map = Expiring::new(5);
            for (step, n, time) in steps {
                if step == 0 { map.purge(at(time), 2) } else { map.put(n, (), at(time)) }
                prop_assert!(map.len() <= 5);
            }
        }
    }
}
