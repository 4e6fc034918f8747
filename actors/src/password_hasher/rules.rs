//! What hashing may cost, and what it must cost at least.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

/// The most that verifying a stored hash may cost (S-02): KiB, passes, Argon2 lanes.
pub(super) const MAX_MEMORY_KIB: u32 = 262_144;
pub(super) const MAX_ITERATIONS: u32 = 10;
pub(super) const MAX_PARALLELISM: u32 = 8;
/// The most that verifying a hash of another system may cost: each bound is one to two seconds
/// of one core. bcrypt: the logarithm of its rounds.
pub(super) const MAX_BCRYPT_COST: u32 = 14;
/// Three times what OWASP recommends for PBKDF2-HMAC-SHA256.
pub(super) const MAX_PBKDF2_ROUNDS: u32 = 2_000_000;
/// scrypt's `N × r`, of 128 bytes each: as much memory as Argon2 may take.
pub(super) const MAX_SCRYPT_BLOCKS: u64 = MAX_MEMORY_KIB as u64 * 1024 / 128;
/// scrypt's `N × r × p`: passes over that memory.
pub(super) const MAX_SCRYPT_WORK: u64 = 2 * MAX_SCRYPT_BLOCKS;

/// Combinations of KiB and passes that resist guessing alike: OWASP Password Storage, Argon2id.
const FLOORS: [(u32, u32); 3] = [(19_456, 2), (47_104, 1), (12_288, 3)];

/// The cost of one hash and the bounds on how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingRules {
    /// Argon2 memory, in KiB.
    pub memory_kib: u32,
    /// Argon2 passes.
    pub iterations: u32,
    /// Argon2 lanes within one hash; they are computed one after the other.
    pub parallelism: u32,
    /// Hashes computed at once: threads, each with its own Argon2 memory.
    pub lanes: usize,
    /// Hashes that may wait for a lane; one more is refused at once.
    pub queue: usize,
    /// How long one may wait for a lane.
    pub max_wait: Duration,
    /// The least cost that [`check`](Self::check) accepts.
    pub floor: CostFloor,
}

/// The least cost that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostFloor {
    /// What OWASP recommends for Argon2id (S-01).
    Owasp,
    /// None: such hashes fall to anyone who steals them. For tests, never for real passwords.
    InsecureForTests,
}

/// Why the server does not start with these rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHashingRules {
    /// Cheaper than S-01 allows.
    #[error(
        "password hashing is too cheap: it needs parallelism 1 and memory_kib and iterations of \
         at least 19456 and 2, 47104 and 1, or 12288 and 3"
    )]
    TooCheap,
    /// Dearer than S-02 lets this server verify.
    #[error(
        "password hashing is too dear: memory_kib may be up to {MAX_MEMORY_KIB}, \
         iterations up to {MAX_ITERATIONS}"
    )]
    TooDear,
    /// Not even Argon2 can be computed with them.
    #[error("password hashing needs 1 iteration, parallelism 1 and 8 KiB of memory at least")]
    NotArgon2,
    /// No lane, no place to wait, or no time to wait.
    #[error("password hashing needs at least one lane, one place in the queue, and time to wait")]
    NoCapacity,
}

impl Default for HashingRules {
    /// 19 MiB, 2 passes (OWASP); a lane per core; 64 waiting for at most 2 s (S-06).
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            lanes: available_parallelism().map_or(1, NonZero::get),
            queue: 64,
            max_wait: Duration::from_secs(2),
            floor: CostFloor::Owasp,
        }
    }
}

impl HashingRules {
    /// The least that Argon2 can do: for tests that sign up thousands of users.
    #[must_use]
    pub fn insecure_for_tests() -> Self {
        let floor = CostFloor::InsecureForTests;
        Self { memory_kib: 8, iterations: 1, floor, ..Self::default() }
    }

    /// Refuses what must not run (S-01), and what this server could not verify itself (S-02).
    pub fn check(&self) -> Result<(), InvalidHashingRules> {
        if self.memory_kib > MAX_MEMORY_KIB
            || self.iterations > MAX_ITERATIONS
            || self.parallelism > MAX_PARALLELISM
        {
            return Err(InvalidHashingRules::TooDear);
        }
        // RFC 9106 §3.1: at least 8 KiB for each Argon2 lane.
        if self.iterations == 0 || self.parallelism == 0 || self.memory_kib < 8 * self.parallelism {
            return Err(InvalidHashingRules::NotArgon2);
        }
        if self.floor == CostFloor::Owasp && !self.reaches_owasp() {
            return Err(InvalidHashingRules::TooCheap);
        }
        if self.lanes == 0 || self.queue == 0 || self.max_wait.is_zero() {
            return Err(InvalidHashingRules::NoCapacity);
        }
        Ok(())
    }

    fn reaches_owasp(&self) -> bool {
        let reached = |(memory_kib, iterations)| {
            self.memory_kib >= memory_kib && self.iterations >= iterations
        };
        self.parallelism == 1 && FLOORS.into_iter().any(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(memory_kib: u32, iterations: u32, parallelism: u32) -> HashingRules {
        HashingRules { memory_kib, iterations, parallelism, ..HashingRules::default() }
    }

    #[test]
    fn each_owasp_floor_is_accepted_and_a_step_below_it_is_not_s01() {
        assert_eq!(HashingRules::default().check(), Ok(()));
        for (memory_kib, iterations) in [(19_456, 2), (47_104, 1), (12_288, 3), (262_144, 10)] {
            assert_eq!(cost(memory_kib, iterations, 1).check(), Ok(()));
        }
        for (memory_kib, iterations) in
            [(19_455, 2), (47_103, 1), (12_287, 3), (12_287, 10), (19_456, 1), (8, 1)]
        {
            let refused = Err(InvalidHashingRules::TooCheap);
            assert_eq!(cost(memory_kib, iterations, 1).check(), refused, "{memory_kib}");
        }
        assert_eq!(cost(65_536, 3, 2).check(), Err(InvalidHashingRules::TooCheap));
    }

    #[test]
    fn below_the_floor_only_on_the_explicit_word_for_tests_s01() {
        let cheap = HashingRules::insecure_for_tests();
        assert_eq!(cheap.check(), Ok(()));
        let pretending = HashingRules { floor: CostFloor::Owasp, ..cheap };
        assert_eq!(pretending.check(), Err(InvalidHashingRules::TooCheap));
    }

    #[test]
    fn what_this_server_would_refuse_to_verify_is_refused_at_the_start_s02() {
        for rules in [cost(262_145, 2, 1), cost(19_456, 11, 1), cost(19_456, 2, 9)] {
            assert_eq!(rules.check(), Err(InvalidHashingRules::TooDear));
        }
    }

    #[test]
    fn what_cannot_be_computed_is_refused() {
        let cheap = HashingRules::insecure_for_tests();
        for rules in [
            HashingRules { iterations: 0, ..cheap },
            HashingRules { parallelism: 0, ..cheap },
            HashingRules { parallelism: 2, ..cheap },
            HashingRules { memory_kib: 7, ..cheap },
        ] {
            assert_eq!(rules.check(), Err(InvalidHashingRules::NotArgon2));
        }
    }

    #[test]
    fn no_capacity_is_refused() {
        let rules = HashingRules::default();
        for rules in [
            HashingRules { lanes: 0, ..rules },
            HashingRules { queue: 0, ..rules },
            HashingRules { max_wait: Duration::ZERO, ..rules },
        ] {
            assert_eq!(rules.check(), Err(InvalidHashingRules::NoCapacity));
        }
    }
}
