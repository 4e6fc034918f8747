//! Everything on record about the sign-ins of one account.

use mongodb::bson::{Document, doc};
use serde::{Deserialize, Serialize};

use super::document::{Operations, State, count, counted, object};
use crate::attempt_guard::account::{AccountFailures, PairFailures};
use crate::attempt_guard::counted::Counted;
use crate::attempt_guard::key::GuardKey;
use crate::attempt_guard::known::KnownAddresses;
use crate::attempt_guard::standing::Standing;
use crate::attempt_guard::{SignInAdmission, SignInRecord, TryResult};
use crate::domain::Timestamp;
use crate::mongo::{Bytes, Bytes16};

/// Client addresses with failures of their own on record; bounds the document, to some 10 KB.
/// More than can fail between two successes of the owner without being slowed down for a day.
const PAIRS_AT_MOST: usize = 64;

/// The account's failures, those of its client addresses, and the known ones among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SignInState {
    pub(super) account: Counted<AccountFailures>,
    pairs: Vec<(GuardKey, Counted<PairFailures>)>,
    pub(super) known: KnownAddresses,
}

impl SignInState {
    pub(super) fn admit(
        &mut self,
        pair: GuardKey,
        limited: bool,
        now: Timestamp,
    ) -> SignInAdmission {
        let mut standing = self.standing(pair, now);
        let answer = standing.admit(limited, now);
        self.keep(pair, &standing, now);
        answer
    }

    pub(super) fn settle(
        &mut self,
        pair: GuardKey,
        result: TryResult,
        now: Timestamp,
    ) -> SignInRecord {
        let mut standing = self.standing(pair, now);
        let answer = standing.settle(result, now);
        if result == TryResult::Right {
            self.known.remember(pair, now);
        }
        self.keep(pair, &standing, now);
        answer
    }

    /// Voids the failures, from every client address.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.account = self.account.forgiven(now);
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        let pairs = self.pairs.iter().map(|(_, pair)| pair.expires_at());
        pairs.fold(self.account.expires_at().max(self.known.expires_at()), Timestamp::max)
    }

    fn standing(&self, pair: GuardKey, now: Timestamp) -> Standing {
        let known_client = self.known.contains(pair, now);
        let of_pair = self.pairs.iter().find(|(key, _)| *key == pair);
        let of_pair = of_pair.map(|(_, counted)| *counted).unwrap_or_default();
        Standing::at(now, self.account, of_pair, known_client)
    }

    fn keep(&mut self, pair: GuardKey, standing: &Standing, now: Timestamp) {
        self.account = standing.account;
        let stored = self.pairs.iter_mut().find(|(key, _)| *key == pair);
        match stored {
            Some((_, stored)) => *stored = standing.pair,
            None => self.pairs.push((pair, standing.pair)),
        }
        let epoch = self.account.record.epoch;
        self.pairs.retain(|(_, counted)| counted.as_of(epoch, now) != Counted::default());
        while self.pairs.len() > PAIRS_AT_MOST {
            self.evict(pair, now);
        }
    }

    /// Drops the pair that would be forgotten soonest, but not the newcomer, and a known one last:
    /// there its failures are all that delays.
    fn evict(&mut self, newcomer: GuardKey, now: Timestamp) {
        let others = self.pairs.iter().enumerate().filter(|(_, (key, _))| *key != newcomer);
        let victim = others.min_by_key(|(_, (key, counted))| {
            (self.known.contains(*key, now), counted.expires_at())
        });
        if let Some((index, _)) = victim {
            self.pairs.swap_remove(index);
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    account: Counted<AccountFailures>,
    pairs: Vec<StoredPair>,
    known: Vec<StoredAddress>,
}

#[derive(Serialize, Deserialize)]
struct StoredPair {
    pair: Bytes16,
    failures: Counted<PairFailures>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAddress {
    pair: Bytes16,
    renewed_at: Timestamp,
}

/// Known addresses as they are stored.
pub(super) fn stored_addresses(known: &KnownAddresses) -> Vec<StoredAddress> {
    let known = known.0.iter().map(|(key, renewed_at)| StoredAddress {
        pair: Bytes(*key.as_bytes()),
        renewed_at: *renewed_at,
    });
    known.collect()
}

impl State for SignInState {
    type Stored = Stored;
    const COLLECTION: &'static str = "guard_sign_ins";
    const OPERATIONS: Operations = Operations {
        read: "guard_sign_ins.read",
        write: "guard_sign_ins.write",
        trim: "guard_sign_ins.trim",
    };

    fn json_schema() -> Document {
        let failures = object(doc! { "in_a_row": count(), "last_at": count() });
        let key = doc! { "bsonType": "binData" };
        object(doc! {
            "account": counted(object(doc! {
                "failures": failures.clone(), "from_known": count(), "epoch": count(),
            })),
            "pairs": {
                "bsonType": "array",
                "maxItems": 64,
                "items": object(doc! {
                    "pair": key.clone(),
                    "failures": counted(object(doc! { "failures": failures, "epoch": count() })),
                }),
            },
            "known": {
                "bsonType": "array",
                "maxItems": 8,
                "items": object(doc! { "pair": key, "renewed_at": count() }),
            },
        })
    }

    fn store(&self) -> Stored {
        let pairs = self
            .pairs
            .iter()
            .map(|(key, counted)| StoredPair { pair: Bytes(*key.as_bytes()), failures: *counted });
        let known = stored_addresses(&self.known);
        Stored { account: self.account, pairs: pairs.collect(), known }
    }

    fn restore(Stored { account, pairs, known }: Stored) -> Self {
        let key = |pair: Bytes16| GuardKey::from_bytes(pair.0);
        let pairs = pairs.iter().map(|stored| (key(stored.pair), stored.failures));
        let known = known.iter().map(|stored| (key(stored.pair), stored.renewed_at));
        Self { account, pairs: pairs.collect(), known: KnownAddresses(known.collect()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt_guard::SignInAdmission::Admitted;
    use crate::attempt_guard::TryResult::{Right, Wrong};
    use std::time::Duration;

    const HOME: GuardKey = GuardKey::from_bytes([255; 16]);
    const START: Timestamp = Timestamp::from_secs(1_000_000);

    fn stranger(n: u8) -> GuardKey {
        GuardKey::from_bytes([n; 16])
    }

    fn minutes(n: u64) -> Timestamp {
        START.after(Duration::from_mins(n))
    }

    #[test]
    fn a_flood_of_addresses_leaves_64_and_those_of_the_owner_stay_s54_s57() {
        let mut state = SignInState::default();
        state.settle(HOME, Right, START);
        state.settle(HOME, Wrong, START);
        for n in 0..100 {
            state.settle(stranger(n), Wrong, minutes(1 + u64::from(n)));
        }
        let left = |key| state.pairs.iter().any(|(pair, _)| *pair == key);
        assert_eq!(state.pairs.len(), PAIRS_AT_MOST);
        assert!(left(HOME) && left(stranger(37)) && left(stranger(99)));
        assert!(!left(stranger(36)), "the one that would be forgotten soonest");
    }

    #[test]
    fn a_success_leaves_nothing_but_the_known_address() {
        let mut state = SignInState::default();
        for result in [Wrong, Right] {
            assert_eq!(state.admit(HOME, true, START), Admitted);
            state.settle(HOME, result, START);
        }
        let known = KnownAddresses(vec![(HOME, START)]);
        assert_eq!(state, SignInState { known, ..SignInState::default() });
        assert_eq!(state.expires_at(), START.after(Duration::from_hours(30 * 24)));
    }

    #[test]
    fn what_is_stored_comes_back() {
        let mut state = SignInState::default();
        state.settle(HOME, Right, START);
        state.settle(stranger(1), Wrong, START);
        state.forget(START);
        state.admit(stranger(2), true, minutes(1));
        assert!(SignInState::restore(state.store()) == state);
    }
}
