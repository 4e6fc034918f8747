//! What is revoked, in memory: written by the registry, read on every authenticated request.

use dashmap::DashMap;

use super::messages::{SessionRef, Standing};
use crate::domain::{SessionId, Timestamp, UserId};

/// Each lock covers 1/64 of the entries: a purge holds up a reader for 0.1 ms per million.
const SHARDS: usize = 64;

/// The `standing_from` of a revoked session.
const NOTHING_STANDS: u32 = u32::MAX;

/// Revoked sessions, and the first epoch that stands of each account whose epoch was raised.
///
/// Both kinds of key are random 128-bit numbers, so they share one map. An entry takes 25 bytes
/// of a table that is at worst 7/16 full: 57 MB for a million.
pub(crate) struct RevocationIndex {
    marks: DashMap<[u8; 16], Mark>,
}

#[derive(Clone, Copy)]
struct Mark {
    /// Tokens of earlier epochs are revoked.
    standing_from: u32,
    /// Seconds since the Unix epoch. From then on, every token it speaks of has expired.
    until: u32,
}

impl Default for RevocationIndex {
    fn default() -> Self {
        Self { marks: DashMap::with_shard_amount(SHARDS) }
    }
}

impl RevocationIndex {
    /// Whether a token's session still stands.
    pub(crate) fn standing(&self, session: &SessionRef) -> Standing {
        let is_revoked = self.marks.contains_key(session.id.as_bytes())
            || session.epoch < self.standing_from(session.user_id);
        if is_revoked { Standing::Revoked } else { Standing::Good }
    }

    /// The first epoch of the account that stands, as far as is known here.
    pub(crate) fn standing_from(&self, user: UserId) -> u32 {
        self.marks.get(user.as_bytes()).map_or(0, |mark| mark.standing_from)
    }

    /// Refuses a session before the store was asked, `at_most` until then.
    pub(crate) fn refuse_session(&self, id: SessionId, at_most: Timestamp) {
        let mark = Mark { standing_from: NOTHING_STANDS, until: seconds(at_most) };
        self.marks.entry(*id.as_bytes()).or_insert(mark);
    }

    /// Records a revocation that is durable, with its exact end.
    pub(crate) fn revoke_session(&self, id: SessionId, until: Timestamp) {
        let mark = Mark { standing_from: NOTHING_STANDS, until: seconds(until) };
        self.marks.insert(*id.as_bytes(), mark);
    }

    /// Refuses the sessions of all epochs before `standing_from`. Never takes a refusal back.
    pub(crate) fn raise_epoch(&self, user: UserId, standing_from: u32, until: Timestamp) {
        let until = seconds(until);
        self.marks
            .entry(*user.as_bytes())
            .and_modify(|mark| {
                mark.standing_from = mark.standing_from.max(standing_from);
                mark.until = mark.until.max(until);
            })
            .or_insert(Mark { standing_from, until });
    }

    /// Forgets what speaks only of expired tokens.
    ///
    /// Visits every entry, 5 to 7 ms per million: for a thread that may block.
    pub(crate) fn purge(&self, now: Timestamp) {
        self.marks.retain(|_, mark| now < Timestamp::from_secs(mark.until.into()));
    }

    /// Entries held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }
}

/// Rounded up, so that nothing is forgotten early.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "tests/index.rs"]
mod tests;
