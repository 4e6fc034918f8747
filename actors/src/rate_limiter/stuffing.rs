//! Credential stuffing: one client tries many pairs of address and password (S-58).

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::Quota;
use crate::domain::{ClientNetwork, EmailAddress, Password, Timestamp};
use crate::shelf::Shelf;

/// Wrong sign-ins by client network, and who is blocked for them.
pub(super) struct Stuffing {
    allowed: Quota,
    block: Duration,
    suspects: Shelf<ClientNetwork, Suspect>,
    /// Keyed afresh in each process: what it hashes cannot be guessed from a memory dump's
    /// numbers alone, nor chosen to collide.
    pairs: RandomState,
}

/// A network that failed to sign in.
#[derive(Clone)]
enum Suspect {
    /// With these distinct pairs, at most one fewer than block it.
    Failed(Vec<(u64, Timestamp)>),
    /// Until then.
    Blocked(Timestamp),
}

impl Stuffing {
    pub(super) fn new(allowed: Quota, block: Duration, capacity: usize) -> Self {
        Self { allowed, block, suspects: Shelf::new(capacity), pairs: RandomState::new() }
    }

    /// How long the network may not sign in yet.
    pub(super) fn blocked(&mut self, network: ClientNetwork, now: Timestamp) -> Option<Duration> {
        let Some(Suspect::Blocked(until)) = self.suspects.get(&network, now) else { return None };
        let (set, longest) = (*until, now.after(self.block));
        if set > longest {
            // The clock was set back.
            self.suspects.put(network, Suspect::Blocked(longest), longest);
        }
        Some(set.min(longest).since(now))
    }

    /// Notes a wrong sign-in. True when it is the one that blocks the network.
    pub(super) fn failed(
        &mut self,
        network: ClientNetwork,
        email: &EmailAddress,
        password: &Password,
        now: Timestamp,
    ) -> bool {
        let mut failures = match self.suspects.get(&network, now) {
            Some(Suspect::Blocked(_)) => return false, // admitted before the block
            Some(Suspect::Failed(failures)) => failures.clone(),
            None => Vec::new(),
        };
        let pair = self.pairs.hash_one((email.canonical(), password.expose()));
        let oldest = now.before(self.allowed.per);
        failures.retain(|(other, at)| *other != pair && *at > oldest && *at <= now);
        failures.push((pair, now));
        let blocks = failures.len() >= usize::try_from(self.allowed.count).unwrap_or(usize::MAX);
        if blocks {
            let until = now.after(self.block);
            self.suspects.put(network, Suspect::Blocked(until), until);
        } else {
            let expires_at = now.after(self.allowed.per);
            self.suspects.put(network, Suspect::Failed(failures), expires_at);
        }
        blocks
    }

    pub(super) fn purge(&mut self, now: Timestamp, limit: usize) {
        self.suspects.purge(now, limit);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.suspects.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    const ALLOWED: Quota = Quota { count: 15, per: Duration::from_hours(3) };
    const DAY: Duration = Duration::from_hours(24);
    const START: Timestamp = Timestamp::from_millis(1_642_344_000_000);

    struct Attack(Stuffing);

    impl Attack {
        fn new() -> Self {
            Self(Stuffing::new(ALLOWED, DAY, 10))
        }

        /// A wrong sign-in as account `n`.
        fn tries(&mut self, n: u32, password: &str, now: Timestamp) -> bool {
            let email = EmailAddress::parse(&format!("p{n}@example.com")).unwrap();
            let password = Password::present(&SecretString::from(password)).unwrap();
            self.0.failed(network(), &email, &password, now)
        }
    }

    fn network() -> ClientNetwork {
        ClientNetwork::of("192.0.2.1".parse().unwrap())
    }

    #[test]
    fn s_58_the_fifteenth_distinct_pair_within_three_hours_blocks_for_a_day() {
        let mut attack = Attack::new();
        for n in 0..14 {
            assert!(!attack.tries(n, "Summer2024", START));
            assert_eq!(attack.0.blocked(network(), START), None);
        }
        let later = START.after(ALLOWED.per).before(Duration::from_millis(1));
        assert!(attack.tries(14, "Summer2024", later));
        assert_eq!(attack.0.blocked(network(), later), Some(DAY));
        let end = later.after(DAY);
        let last = end.before(Duration::from_millis(1));
        assert_eq!(attack.0.blocked(network(), last), Some(Duration::from_millis(1)));
        assert_eq!(attack.0.blocked(network(), end), None);
        assert!(!attack.tries(15, "Summer2024", end), "and the count begins anew");
    }

    #[test]
    fn s_58_other_passwords_of_one_account_count_but_repetitions_do_not() {
        let mut attack = Attack::new();
        for _ in 0..100 {
            assert!(!attack.tries(1, "the same again", START), "somebody forgot theirs");
        }
        for n in 0..13 {
            assert!(!attack.tries(1, &format!("guess {n}"), START));
        }
        assert!(attack.tries(1, "guess 13", START));
    }

    #[test]
    fn failures_three_hours_apart_never_block() {
        let mut attack = Attack::new();
        for n in 0..14 {
            attack.tries(n, "x", START);
        }
        assert!(!attack.tries(14, "x", START.after(ALLOWED.per)));
    }

    #[test]
    fn another_network_is_not_blocked() {
        let mut attack = Attack::new();
        for n in 0..15 {
            attack.tries(n, "x", START);
        }
        let other = ClientNetwork::of("192.0.2.2".parse().unwrap());
        assert_eq!(attack.0.blocked(other, START), None);
    }

    #[test]
    fn f_18_a_clock_set_back_prolongs_no_block_beyond_its_length() {
        let mut attack = Attack::new();
        for n in 0..15 {
            attack.tries(n, "x", START.after(365 * DAY));
        }
        assert_eq!(attack.0.blocked(network(), START), Some(DAY));
        assert_eq!(attack.0.blocked(network(), START.after(DAY)), None);
    }
}
