//! A bounded map whose entries expire: one kind of counter each.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::domain::Timestamp;

/// At most `capacity` entries, indexed by expiry.
///
/// When full, the entry that would be forgotten soonest makes room. So a flood of new keys evicts
/// its own: what is remembered longest, because it is limited most, goes last, and what never
/// expires at the very last. Every operation takes logarithmic time: there is no scan (S-57).
pub(crate) struct Shelf<K, E> {
    capacity: usize,
    entries: HashMap<K, Slot<E>>,
    by_expiry: BTreeSet<(Timestamp, K)>,
}

struct Slot<E> {
    entry: E,
    expires_at: Timestamp,
}

impl<K: Copy + Ord + Hash, E> Shelf<K, E> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, entries: HashMap::new(), by_expiry: BTreeSet::new() }
    }

    /// The entry, expired or not: for records that decide themselves what they have forgotten.
    pub(crate) fn peek(&self, key: &K) -> Option<&E> {
        self.entries.get(key).map(|slot| &slot.entry)
    }

    /// The entry, unless expired: that is decided here, the purge only frees memory.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<&E> {
        self.entries.get(key).filter(|slot| now < slot.expires_at).map(|slot| &slot.entry)
    }

    /// Adds or replaces an entry. Returns the key of the one that had to make room for it.
    pub(crate) fn put(&mut self, key: K, entry: E, expires_at: Timestamp) -> Option<K> {
        if let Some(old) = self.entries.insert(key, Slot { entry, expires_at }) {
            self.by_expiry.remove(&(old.expires_at, key));
        }
        self.by_expiry.insert((expires_at, key));
        if self.entries.len() <= self.capacity {
            return None;
        }
        // The second at the latest: a newcomer must not be its own victim.
        let (_, victim) = *self.by_expiry.iter().find(|(_, candidate)| *candidate != key)?;
        self.remove(&victim);
        Some(victim)
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(old) = self.entries.remove(key) {
            self.by_expiry.remove(&(old.expires_at, *key));
        }
    }

    /// Frees at most `limit` expired entries and returns their keys.
    pub(crate) fn purge(&mut self, now: Timestamp, limit: usize) -> Vec<K> {
        let expired = self.by_expiry.iter().take_while(|(expires_at, _)| *expires_at <= now);
        let keys: Vec<K> = expired.take(limit).map(|(_, key)| *key).collect();
        for key in &keys {
            self.remove(key);
        }
        keys
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

    const NEVER: Timestamp = Timestamp::from_millis(u64::MAX);

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_full_shelf_drops_what_expires_soonest_and_the_permanent_last() {
        let mut shelf = Shelf::new(2);
        assert_eq!(shelf.put(1, "locked", NEVER), None);
        assert_eq!(shelf.put(2, "older", at(10)), None);
        assert_eq!(shelf.put(3, "newer", at(20)), Some(2));
        assert_eq!(shelf.put(4, "newest", at(30)), Some(3));
        assert_eq!(shelf.get(&1, at(0)), Some(&"locked"));
    }

    #[test]
    fn a_newcomer_is_never_its_own_victim() {
        let mut shelf = Shelf::new(1);
        shelf.put(1, (), NEVER);
        assert_eq!(shelf.put(2, (), at(10)), Some(1));
        assert!(shelf.get(&2, at(0)).is_some());
    }

    #[test]
    fn an_entry_is_gone_at_its_expiry_even_before_the_purge() {
        let mut shelf = Shelf::new(1);
        shelf.put(1, (), at(10));
        assert!(shelf.get(&1, at(9)).is_some());
        assert!(shelf.get(&1, at(10)).is_none());
        assert_eq!(shelf.len(), 1);
    }

    #[test]
    fn a_purge_frees_the_expired_only_and_no_more_than_its_limit() {
        let mut shelf = Shelf::new(9);
        for n in 1..=5 {
            shelf.put(n, (), at(n));
        }
        assert_eq!(shelf.purge(at(4), 3), [1, 2, 3]);
        assert_eq!(shelf.purge(at(4), 3), [4]);
        assert_eq!(shelf.len(), 1);
    }

    proptest! {
        #[test]
        fn no_sequence_of_changes_exceeds_the_capacity(
            steps in prop::collection::vec((0_u8..4, 0_u8..12, 0_u64..50), 0..200),
        ) {
            let mut shelf = Shelf::new(5);
            for (step, n, time) in steps {
                match step {
                    0 => shelf.remove(&n),
                    1 => drop(shelf.purge(at(time), 2)),
                    _ => drop(shelf.put(n, (), at(time))),
                }
                prop_assert!(shelf.len() <= 5);
            }
        }
    }
}
