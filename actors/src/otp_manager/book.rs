//! The rules of one-time codes over all pending requests: no clock, no I/O, `now` is an argument.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::backend::{Attempt, Found, Insertion, NewChallenge, Resending};
use super::challenge::{Challenge, DestinationKey, Verdict, same_source};
use super::key::CodeMac;
use super::{OtpRules, VerifyOtpOutcome};
use crate::domain::{ChallengeId, Timestamp};

/// Expired requests freed at once: bounds the time the book is locked.
///
/// 1 000 every 5 s outruns 100 000 requests that live 10 minutes.
const PURGE_BATCH: usize = 1_000;

/// Every pending request. An entry costs less than 250 bytes beside its subject.
pub(crate) struct Book {
    rules: OtpRules,
    challenges: HashMap<ChallengeId, Box<Challenge>>,
    /// Oldest first within a destination.
    by_destination: BTreeSet<(DestinationKey, Timestamp, ChallengeId)>,
    /// First to expire first.
    by_expiry: BTreeSet<(Timestamp, ChallengeId)>,
}

/// What a step changed, for a journal to follow.
#[derive(Default)]
pub(crate) struct Changes {
    /// The request whose state is new; it is in the book.
    pub(super) written: Option<ChallengeId>,
    /// Requests that are gone.
    pub(super) removed: Vec<ChallengeId>,
}

impl Changes {
    fn written(id: ChallengeId) -> Self {
        Self { written: Some(id), removed: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.written.is_none() && self.removed.is_empty()
    }
}

impl Book {
    /// A book that holds nothing.
    pub(super) fn new(rules: OtpRules) -> Self {
        Self {
            rules,
            challenges: HashMap::new(),
            by_destination: BTreeSet::new(),
            by_expiry: BTreeSet::new(),
        }
    }

    /// Puts back what was written before a restart.
    pub(super) fn restore(&mut self, id: ChallengeId, challenge: Challenge) {
        self.add(id, Box::new(challenge));
    }

    /// The state of a request, expired or not.
    pub(super) fn get(&self, id: ChallengeId) -> Option<&Challenge> {
        self.challenges.get(&id).map(Box::as_ref)
    }

    /// Every request, expired or not, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ChallengeId, &Challenge)> {
        self.challenges.iter().map(|(id, challenge)| (*id, &**challenge))
    }

    /// Adds a request. At the destination's bound another one makes room; at the bound of all,
    /// only expired ones do.
    pub(super) fn insert(&mut self, new: NewChallenge, now: Timestamp) -> (Insertion, Changes) {
        let id = new.id;
        let challenge = Challenge::issue(new, &self.rules, now);
        let mut removed = self.make_room(challenge.destination(), challenge.source, now);
        if self.challenges.len() >= self.rules.max_pending {
            removed.append(&mut self.purge(now).removed);
        }
        if self.challenges.len() >= self.rules.max_pending {
            return (Insertion::Full, Changes { written: None, removed });
        }
        let expires_at = challenge.expires_at;
        self.add(id, Box::new(challenge));
        (Insertion::Kept { expires_at }, Changes { written: Some(id), removed })
    }

    /// Counts an attempt and decides it. An accepted code takes with it all others of the same
    /// purpose and destination.
    pub(super) fn attempt(
        &mut self,
        attempt: &Attempt,
        now: Timestamp,
    ) -> (VerifyOtpOutcome, Changes) {
        let refused = |changes| (VerifyOtpOutcome::Refused, changes);
        if let Some(expired) = self.remove_if_expired(attempt.id, now) {
            return refused(expired);
        }
        let Some(challenge) = self.challenges.get_mut(&attempt.id) else {
            return refused(Changes::default());
        };
        if challenge.subject.purpose() != attempt.purpose {
            return refused(Changes::default());
        }
        match challenge.attempt(attempt, &self.rules) {
            Verdict::Exhausted => (VerifyOtpOutcome::OutOfTries, Changes::default()),
            Verdict::Wrong => refused(Changes::written(attempt.id)),
            Verdict::Right => self.consume(attempt.id),
        }
    }

    /// Replaces the code of a request, not before its cool-down is over.
    ///
    /// A request without attempts left is unknown: a fresh code could not be accepted either,
    /// and sending it would only cost.
    pub(super) fn resend(
        &mut self,
        id: ChallengeId,
        mac: CodeMac,
        now: Timestamp,
    ) -> (Resending, Changes) {
        if let Some(expired) = self.remove_if_expired(id, now) {
            return (Resending::Unknown, expired);
        }
        let Some(challenge) = self.challenges.get_mut(&id) else {
            return (Resending::Unknown, Changes::default());
        };
        if challenge.is_exhausted(&self.rules) {
            return (Resending::Unknown, Changes::default());
        }
        if now < challenge.resend_at {
            let retry_at = challenge.resend_at;
            return (Resending::TooSoon { retry_at }, Changes::default());
        }
        self.by_expiry.remove(&(challenge.expires_at, id));
        challenge.reissue(mac, &self.rules, now);
        self.by_expiry.insert((challenge.expires_at, id));
        let (subject, expires_at) = (challenge.subject.clone(), challenge.expires_at);
        (Resending::Replaced { subject, expires_at }, Changes::written(id))
    }

    /// A request that can still be verified.
    pub(super) fn find(&self, id: ChallengeId, now: Timestamp) -> Option<Found> {
        let challenge = self.get(id)?;
        let dead = challenge.is_expired(now) || challenge.is_exhausted(&self.rules);
        (!dead).then(|| Found {
            purpose: challenge.subject.purpose(),
            destination: challenge.subject.destination(),
            account: challenge.subject.account(),
            resend_at: challenge.resend_at,
        })
    }

    /// Frees expired requests, a bounded number of them.
    pub(super) fn purge(&mut self, now: Timestamp) -> Changes {
        let expired = self.by_expiry.iter().take_while(|(expires_at, _)| now >= *expires_at);
        let expired: Vec<_> = expired.take(PURGE_BATCH).copied().collect();
        for entry in &expired {
            self.by_expiry.remove(entry);
        }
        self.remove_all(expired.into_iter().map(|(_, id)| id).collect())
    }

    fn consume(&mut self, id: ChallengeId) -> (VerifyOtpOutcome, Changes) {
        let Some(challenge) = self.remove(id) else {
            return (VerifyOtpOutcome::Refused, Changes::default());
        };
        let mut changes = self.remove_all(self.pending_for(challenge.destination()));
        changes.removed.push(id);
        (VerifyOtpOutcome::Accepted(challenge.subject), changes)
    }

    /// Removes from `destination` what is expired, then the oldest of the same source, else the
    /// oldest of all, until one more fits (S-45).
    fn make_room(
        &mut self,
        destination: DestinationKey,
        source: IpAddr,
        now: Timestamp,
    ) -> Vec<ChallengeId> {
        let (mut removed, mut pending): (Vec<_>, Vec<_>) = self
            .pending_for(destination)
            .into_iter()
            .partition(|id| self.get(*id).is_none_or(|challenge| challenge.is_expired(now)));
        while pending.len() >= self.rules.max_per_destination.max(1) {
            let same = pending.iter().position(|id| {
                self.get(*id).is_some_and(|challenge| same_source(challenge.source, source))
            });
            removed.push(pending.remove(same.unwrap_or(0)));
        }
        self.remove_all(removed).removed
    }

    /// Oldest first.
    fn pending_for(&self, destination: DestinationKey) -> Vec<ChallengeId> {
        let first = (destination, Timestamp::default(), ChallengeId::from_bytes([0; 16]));
        let of_destination = self.by_destination.range(first..);
        of_destination.take_while(|(key, ..)| *key == destination).map(|(.., id)| *id).collect()
    }

    /// The first look at an expired request is its end: a clock set back does not revive it.
    fn remove_if_expired(&mut self, id: ChallengeId, now: Timestamp) -> Option<Changes> {
        self.get(id).filter(|challenge| challenge.is_expired(now))?;
        Some(self.remove_all(vec![id]))
    }

    fn add(&mut self, id: ChallengeId, challenge: Box<Challenge>) {
        self.by_destination.insert((challenge.destination(), challenge.created_at, id));
        self.by_expiry.insert((challenge.expires_at, id));
        self.challenges.insert(id, challenge);
    }

    fn remove(&mut self, id: ChallengeId) -> Option<Box<Challenge>> {
        let challenge = self.challenges.remove(&id)?;
        self.by_destination.remove(&(challenge.destination(), challenge.created_at, id));
        self.by_expiry.remove(&(challenge.expires_at, id));
        Some(challenge)
    }

    fn remove_all(&mut self, ids: Vec<ChallengeId>) -> Changes {
        for id in &ids {
            self.remove(*id);
        }
        Changes { written: None, removed: ids }
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
