//! The rules of one-time codes over the requests of one purpose and destination: no clock, no I/O,
//! `now` is an argument.

use std::net::IpAddr;

use super::backend::{Attempt, Found, Insertion, NewChallenge, Resending};
use super::challenge::{Challenge, Verdict, same_source};
use super::key::CodeMac;
use super::{OtpRules, VerifyOtpOutcome};
use crate::domain::{ChallengeId, Timestamp};

/// The pending requests of one purpose and destination, and those that expired and are not swept yet.
///
/// Everything that one decision reads and changes: backends fill it, ask it, and write down what
/// changed.
pub(crate) struct Book {
    rules: OtpRules,
    /// Oldest first.
    requests: Vec<(ChallengeId, Challenge)>,
}

/// What a step changed, for a backend to follow.
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

    fn removed(removed: Vec<ChallengeId>) -> Self {
        Self { written: None, removed }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.written.is_none() && self.removed.is_empty()
    }
}

impl Book {
    /// A book that holds nothing.
    pub(super) fn new(rules: OtpRules) -> Self {
        Self { rules, requests: Vec::new() }
    }

    /// Puts back what was written before.
    pub(super) fn restore(&mut self, id: ChallengeId, challenge: Challenge) {
        let age = |(id, challenge): &(ChallengeId, Challenge)| (challenge.created_at, *id);
        let new = (id, challenge);
        let place = self.requests.partition_point(|request| age(request) < age(&new));
        self.requests.insert(place, new);
    }

    /// The state of a request, expired or not.
    pub(super) fn get(&self, id: ChallengeId) -> Option<&Challenge> {
        self.requests.iter().find(|(other, _)| *other == id).map(|(_, challenge)| challenge)
    }

    /// Every request, expired or not, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ChallengeId, &Challenge)> {
        self.requests.iter().map(|(id, challenge)| (*id, challenge))
    }

    /// Adds a request. At the destination's bound another one makes room; the bound of all is the
    /// backend's to keep.
    pub(super) fn insert(&mut self, new: NewChallenge, now: Timestamp) -> (Insertion, Changes) {
        let id = new.id;
        let challenge = Challenge::issue(new, &self.rules, now);
        let removed = self.make_room(challenge.source, now);
        let expires_at = challenge.expires_at;
        self.restore(id, challenge);
        (Insertion::Kept { expires_at }, Changes { written: Some(id), removed })
    }

    /// Counts an attempt and decides it. An accepted code takes all others with it.
    pub(super) fn attempt(
        &mut self,
        attempt: &Attempt,
        now: Timestamp,
    ) -> (VerifyOtpOutcome, Changes) {
        let refused = |changes| (VerifyOtpOutcome::Refused, changes);
        if let Some(expired) = self.remove_if_expired(attempt.id, now) {
            return refused(expired);
        }
        let rules = self.rules;
        let Some(challenge) = self.get_mut(attempt.id) else {
            return refused(Changes::default());
        };
        if challenge.subject.purpose() != attempt.purpose {
            return refused(Changes::default());
        }
        match challenge.attempt(attempt, &rules) {
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
        let rules = self.rules;
        let Some(challenge) = self.get_mut(id) else {
            return (Resending::Unknown, Changes::default());
        };
        if challenge.is_exhausted(&rules) {
            return (Resending::Unknown, Changes::default());
        }
        if now < challenge.resend_at {
            let retry_at = challenge.resend_at;
            return (Resending::TooSoon { retry_at }, Changes::default());
        }
        challenge.reissue(mac, &rules, now);
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

    /// Removes what is expired; what that was.
    pub(super) fn purge(&mut self, now: Timestamp) -> Vec<ChallengeId> {
        let expired = self.requests.extract_if(.., |(_, challenge)| challenge.is_expired(now));
        expired.map(|(id, _)| id).collect()
    }

    fn get_mut(&mut self, id: ChallengeId) -> Option<&mut Challenge> {
        self.requests.iter_mut().find(|(other, _)| *other == id).map(|(_, challenge)| challenge)
    }

    fn consume(&mut self, id: ChallengeId) -> (VerifyOtpOutcome, Changes) {
        let (mut accepted, mut removed) = (VerifyOtpOutcome::Refused, Vec::new());
        for (other, challenge) in self.requests.drain(..) {
            removed.push(other);
            if other == id {
                accepted = VerifyOtpOutcome::Accepted(challenge.subject);
            }
        }
        (accepted, Changes::removed(removed))
    }

    /// Removes what is expired, then the oldest of the same source, else the oldest of all, until
    /// one more fits (S-45).
    fn make_room(&mut self, source: IpAddr, now: Timestamp) -> Vec<ChallengeId> {
        let mut removed = self.purge(now);
        while self.requests.len() >= self.rules.max_per_destination.max(1) {
            let is_same = |(_, other): &(_, Challenge)| same_source(other.source, source);
            let oldest = self.requests.iter().position(is_same).unwrap_or(0);
            removed.push(self.requests.remove(oldest).0);
        }
        removed
    }

    /// The first look at an expired request is its end: a clock set back does not revive it.
    fn remove_if_expired(&mut self, id: ChallengeId, now: Timestamp) -> Option<Changes> {
        self.get(id).filter(|challenge| challenge.is_expired(now))?;
        self.requests.retain(|(other, _)| *other != id);
        Some(Changes::removed(vec![id]))
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
