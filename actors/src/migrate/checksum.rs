//! What two stores are compared by.

use std::collections::HashSet;
use std::fmt;

use sha2::{Digest, Sha256};

use super::movable::Entity;
use crate::backend::BackendError;

/// How many entities of a kind a store holds, and the sum of their SHA-256: no order matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    count: u64,
    sum: [u128; 2],
}

impl Tally {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    fn add(&mut self, digest: [u8; 32]) {
        let (halves, _) = digest.as_chunks::<16>();
        for (sum, half) in self.sum.iter_mut().zip(halves) {
            // Not xor: two of the same would vanish.
            *sum = sum.wrapping_add(u128::from_be_bytes(*half));
        }
        self.count += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.sum;
        write!(f, "{:>10}  {first:032x}{second:032x}", self.count)
    }
}

/// Adds entities up, each once: a store that was cut short may list one in two places.
#[derive(Default)]
pub(super) struct Counting {
    tally: Tally,
    seen: HashSet<[u8; 32]>,
}

impl Counting {
    pub(super) fn add<E: Entity>(&mut self, entity: &E) -> Result<(), BackendError> {
        let digest: [u8; 32] = Sha256::digest(entity.canonical()?).into();
        if !E::KIND.may_repeat() || self.seen.insert(digest) {
            self.tally.add(digest);
        }
        Ok(())
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }
}
