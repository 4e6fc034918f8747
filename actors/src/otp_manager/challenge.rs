//! One pending code: what it may do, and when it is dead.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::backend::{Attempt, NewChallenge};
use super::key::CodeMac;
use super::{Destination, OtpRules, Purpose, Subject};
use crate::domain::{AppId, ClientNetwork, Timestamp};

/// The state of one request.
pub(super) struct Challenge {
    /// What the code proves.
    pub(super) subject: Subject,
    /// Who asked for it.
    pub(super) source: IpAddr,
    /// The current code, as a keyed hash.
    pub(super) mac: CodeMac,
    /// When the first code was issued.
    pub(super) created_at: Timestamp,
    /// From this moment on the current code is dead.
    pub(super) expires_at: Timestamp,
    /// Not before this moment may another code be sent.
    pub(super) resend_at: Timestamp,
    /// Attempts made, over all codes of this request.
    pub(super) attempts: u8,
    /// Codes that replaced the first one.
    pub(super) resends: u8,
}

/// How an attempt ended.
pub(super) enum Verdict {
    /// No attempt is left; not even the right code would do.
    Exhausted,
    /// Counted, and refused.
    Wrong,
    /// Counted, and right.
    Right,
}

impl Challenge {
    pub(super) fn issue(new: NewChallenge, rules: &OtpRules, now: Timestamp) -> Self {
        let mut challenge = Self {
            subject: new.subject,
            source: new.source,
            mac: new.mac,
            created_at: now,
            expires_at: now,
            resend_at: now,
            attempts: 0,
            resends: 0,
        };
        challenge.start(rules, now);
        challenge
    }

    /// Replaces the code. The attempts made stay made (S-18).
    pub(super) fn reissue(&mut self, mac: CodeMac, rules: &OtpRules, now: Timestamp) {
        self.mac = mac;
        self.resends = self.resends.saturating_add(1);
        self.start(rules, now);
    }

    fn start(&mut self, rules: &OtpRules, now: Timestamp) {
        let age = now.since(self.created_at);
        self.expires_at = now.after(rules.life(self.subject.purpose(), age));
        self.resend_at = now.after(rules.cool_down(self.resends));
    }

    /// Counts first, then compares (S-15).
    pub(super) fn attempt(&mut self, attempt: &Attempt, rules: &OtpRules) -> Verdict {
        if self.attempts >= rules.attempts.min(attempt.allowed) {
            return Verdict::Exhausted;
        }
        self.attempts += 1;
        let same_app = self.subject.app_id() == attempt.app_id.as_ref();
        // `&`: the comparison takes its time whatever the application.
        if self.mac.matches(&attempt.mac) & same_app { Verdict::Right } else { Verdict::Wrong }
    }

    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether no code of this request can be accepted any more.
    pub(super) fn is_exhausted(&self, rules: &OtpRules) -> bool {
        self.attempts >= rules.attempts
    }

    pub(super) fn destination(&self) -> DestinationKey {
        DestinationKey::of(self.subject.purpose(), &self.subject.destination())
    }
}

impl Subject {
    /// The client application the code is bound to.
    fn app_id(&self) -> Option<&AppId> {
        match self {
            Self::SignUp(_) => None,
            Self::Phone(phone) => phone.app_id.as_ref(),
        }
    }
}

impl Purpose {
    /// The purpose as hashed. Never reuse or change a number: stored hashes hold it.
    pub(super) const fn tag(self) -> u8 {
        match self {
            Self::SignUp => 1,
            Self::Phone => 2,
        }
    }
}

/// A purpose and a destination, as 128 bits of SHA-256: a key of fixed size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DestinationKey([u8; 16]);

impl DestinationKey {
    /// From a stored key.
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a storage key.
    pub(super) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(super) fn of(purpose: Purpose, destination: &Destination) -> Self {
        let text = match destination {
            Destination::Email(email) => email.canonical(),
            Destination::Phone(number) => number.e164(),
        };
        let hash: [u8; 32] =
            Sha256::new().chain_update([purpose.tag()]).chain_update(text).finalize().into();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }
}

/// Whether two addresses count as one source: an IPv6 host owns its /64 (S-55).
pub(super) fn same_source(a: IpAddr, b: IpAddr) -> bool {
    ClientNetwork::of(a) == ClientNetwork::of(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_source_and_a_mapped_address_is_its_ipv4_self() {
        let same = |a: &str, b: &str| same_source(a.parse().unwrap(), b.parse().unwrap());
        assert!(same("192.0.2.1", "192.0.2.1"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.1", "2001:db8::1"));
    }
}
