//! The client addresses an account signs in from: strangers' failures do not delay them (S-54).

use std::time::Duration;

use super::key::GuardKey;
use crate::domain::Timestamp;

/// One person's usual places; bounds the memory of an account. The oldest goes first.
const AT_MOST: usize = 8;
/// Long enough for somebody who signs in once a month.
const REMEMBERED: Duration = Duration::from_hours(30 * 24);
/// A sign-in renews the entry this often at most: the others cost no write.
const RENEWED_AFTER: Duration = Duration::from_hours(24);

/// At most eight addresses, as the keys of their pairs, each with its last renewal; oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KnownAddresses(pub(super) Vec<(GuardKey, Timestamp)>);

impl KnownAddresses {
    /// Whether somebody signed in right from there within the last 30 days.
    pub(super) fn contains(&self, pair: GuardKey, now: Timestamp) -> bool {
        self.0.iter().any(|(known, at)| *known == pair && now < at.after(REMEMBERED))
    }

    /// Remembers an address. Returns whether anything changed that is worth saving.
    pub(super) fn remember(&mut self, pair: GuardKey, now: Timestamp) -> bool {
        if self.0.iter().any(|(known, at)| *known == pair && now.since(*at) < RENEWED_AFTER) {
            return false;
        }
        self.0.retain(|(known, at)| *known != pair && now < at.after(REMEMBERED));
        if self.0.len() >= AT_MOST {
            self.0.remove(0);
        }
        self.0.push((pair, now));
        true
    }

    /// When the last of them is forgotten.
    pub(super) fn expires_at(&self) -> Timestamp {
        self.0.iter().map(|(_, at)| at.after(REMEMBERED)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn pair(n: u8) -> GuardKey {
        GuardKey::from_bytes([n; 16])
    }

    #[test]
    fn an_address_is_known_for_thirty_days_after_its_last_renewal() {
        let start = Timestamp::from_secs(1_000_000);
        let mut known = KnownAddresses::default();
        assert!(known.remember(pair(1), start));
        assert!(known.contains(pair(1), start.after(30 * DAY).before(Duration::from_millis(1))));
        assert!(!known.contains(pair(1), start.after(30 * DAY)));
        assert!(!known.contains(pair(2), start));
        assert_eq!(known.expires_at(), start.after(30 * DAY));
    }

    #[test]
    fn a_second_sign_in_of_the_day_is_not_worth_a_write() {
        let start = Timestamp::from_secs(1_000_000);
        let mut known = KnownAddresses::default();
        known.remember(pair(1), start);
        assert!(!known.remember(pair(1), start.after(DAY).before(Duration::from_millis(1))));
        assert!(known.remember(pair(1), start.after(DAY)));
        assert_eq!(known.0.len(), 1);
    }

    #[test]
    fn the_ninth_address_takes_the_place_of_the_oldest() {
        let start = Timestamp::from_secs(1_000_000);
        let mut known = KnownAddresses::default();
        for n in 0..8 {
            known.remember(pair(n), start.after(DAY * u32::from(n)));
        }
        // Renewed: no longer the oldest.
        known.remember(pair(0), start.after(8 * DAY));
        known.remember(pair(8), start.after(8 * DAY));
        let now = start.after(8 * DAY);
        let left: Vec<u8> = (0..9).filter(|n| known.contains(pair(*n), now)).collect();
        assert_eq!(left, [0, 2, 3, 4, 5, 6, 7, 8]);
    }
}
