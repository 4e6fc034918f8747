//! What is revoked, in memory: written by the registry, read on every authenticated request.

use std::time::Duration;

use dashmap::DashMap;
use tokio::time::Instant;

use super::freshness::Freshness;
use super::messages::{RevocationError, SessionRef, Standing};
use super::metrics;
use crate::domain::{SessionId, Timestamp, UserId};

/// Each lock covers 1/64 of the entries: a purge holds up a reader for 0.1 ms per million.
const SHARDS: usize = 64;

/// Revoked sessions, and the first epoch that stands of each account whose epoch was raised.
///
/// A session takes 21 bytes of a table that is at worst 7/16 full: 48 MB for a million.
pub(crate) struct RevocationIndex {
    /// Until when.
    sessions: DashMap<[u8; 16], Seconds>,
    accounts: DashMap<[u8; 16], Raised>,
    /// `None`: nobody else revokes anything.
    freshness: Option<Freshness>,
}

/// Since the Unix epoch. From then on, every token that an entry speaks of has expired.
type Seconds = u32;

#[derive(Clone, Copy)]
struct Raised {
    /// Tokens of earlier epochs are revoked.
    standing_from: u32,
    until: Seconds,
}

impl Default for RevocationIndex {
    /// Of a process that is alone, and always knows everything.
    fn default() -> Self {
        Self {
            sessions: DashMap::with_shard_amount(SHARDS),
            accounts: DashMap::with_shard_amount(SHARDS),
            freshness: None,
        }
    }
}

impl RevocationIndex {
    /// Of a node that hears from the store what other nodes revoke. Until it has, and when it has
    /// not for longer than `max_staleness`, it calls nothing good.
    pub(crate) fn following(max_staleness: Duration) -> Self {
        Self { freshness: Some(Freshness::new(max_staleness)), ..Self::default() }
    }

    /// Everything revoked before `at`, by any node, has been entered.
    pub(crate) fn heard_of_everything_until(&self, at: Instant) {
        if let Some(freshness) = &self.freshness {
            freshness.heard(at);
        }
    }

    /// The store answered `at`, without its answer being everything.
    pub(crate) fn heard_something(&self, at: Instant) {
        if let Some(freshness) = &self.freshness {
            freshness.answered(at);
        }
    }

    /// Reports how much is known of what other nodes revoke.
    pub(crate) fn report(&self) {
        metrics::known(self.freshness.as_ref().map(Freshness::knowledge).as_ref());
    }

    /// How long nothing may be heard.
    pub(crate) fn max_staleness(&self) -> Duration {
        self.freshness.as_ref().map_or(Duration::MAX, Freshness::max_staleness)
    }

    /// Whether enough is known to call a session good.
    pub(crate) fn is_fresh(&self) -> bool {
        self.freshness.as_ref().is_none_or(Freshness::is_fresh)
    }

    /// Whether a token may be accepted. [`RevocationError::Stale`] instead of a guess (S-41).
    pub(crate) fn check(&self, session: &SessionRef) -> Result<Standing, RevocationError> {
        match self.standing(session) {
            Standing::Good if !self.is_fresh() => Err(RevocationError::Stale),
            standing => Ok(standing),
        }
    }

    /// Whether a token's session still stands, as far as is known here.
    pub(crate) fn standing(&self, session: &SessionRef) -> Standing {
        let is_revoked = self.sessions.contains_key(session.id.as_bytes())
            || session.epoch < self.standing_from(session.user_id);
        if is_revoked { Standing::Revoked } else { Standing::Good }
    }

    /// The first epoch of the account that stands, as far as is known here.
    pub(crate) fn standing_from(&self, user: UserId) -> u32 {
        self.accounts.get(user.as_bytes()).map_or(0, |raised| raised.standing_from)
    }

    /// Refuses a session before the store was asked, `at_most` until then.
    pub(crate) fn refuse_session(&self, id: SessionId, at_most: Timestamp) {
        self.sessions.entry(*id.as_bytes()).or_insert(seconds(at_most));
    }

    /// Records a revocation that is durable, with its exact end.
    pub(crate) fn revoke_session(&self, id: SessionId, until: Timestamp) {
        self.sessions.insert(*id.as_bytes(), seconds(until));
    }

    /// Refuses the sessions of all epochs before `standing_from`. Never takes a refusal back.
    pub(crate) fn raise_epoch(&self, user: UserId, standing_from: u32, until: Timestamp) {
        let until = seconds(until);
        self.accounts
            .entry(*user.as_bytes())
            .and_modify(|raised| {
                raised.standing_from = raised.standing_from.max(standing_from);
                raised.until = raised.until.max(until);
            })
            .or_insert(Raised { standing_from, until });
    }

    /// Forgets what speaks only of expired tokens.
    ///
    /// Visits every entry, 5 to 7 ms per million: for a thread that may block.
    pub(crate) fn purge(&self, now: Timestamp) {
        let speaks = |until: Seconds| now < Timestamp::from_secs(until.into());
        self.sessions.retain(|_, until| speaks(*until));
        self.accounts.retain(|_, raised| speaks(raised.until));
    }

    /// Entries held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.sessions.len() + self.accounts.len()
    }
}

/// Rounded up, so that nothing is forgotten early.
fn seconds(at: Timestamp) -> Seconds {
    Seconds::try_from(at.as_millis().div_ceil(1000)).unwrap_or(Seconds::MAX)
}

#[cfg(test)]
#[path = "tests/index.rs"]
mod tests;
