//! For benchmarks: the rules of one-time codes over all that are pending, without a store.

use std::net::{IpAddr, Ipv4Addr};

use super::backend::{Attempt, Insertion, NewChallenge};
use super::book::Book;
use super::key::OtpKey;
use super::{OtpRules, Subject, VerifyOtpOutcome};
use crate::domain::{ChallengeId, OtpCode, Timestamp};

/// All pending codes, and the key that hashes them.
pub struct PendingCodes {
    book: Book,
    key: OtpKey,
}

impl PendingCodes {
    /// None yet.
    #[must_use]
    pub fn new(rules: OtpRules) -> Self {
        Self { book: Book::new(rules), key: OtpKey::from_bytes([7; 32]) }
    }

    /// Whether there was room for `code` of the request `id`.
    pub fn issue(
        &mut self,
        id: ChallengeId,
        code: &OtpCode,
        subject: Subject,
        now: Timestamp,
    ) -> bool {
        let mac = self.key.mac(subject.purpose(), id, code);
        let source = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (insertion, _) = self.book.insert(NewChallenge { id, subject, source, mac }, now);
        matches!(insertion, Insertion::Kept { .. })
    }

    /// Presents a code for a sign-up.
    pub fn verify(&mut self, id: ChallengeId, code: &OtpCode, now: Timestamp) -> VerifyOtpOutcome {
        let purpose = super::Purpose::SignUp;
        let mac = self.key.mac(purpose, id, code);
        let attempt = Attempt { id, purpose, mac, app_id: None, allowed: u8::MAX };
        self.book.attempt(&attempt, now).0
    }
}
