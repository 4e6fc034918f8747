//! For benchmarks: pending codes in an embedded store of their own, without the actor.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::backend::{Attempt, EmbeddedOtps, Insertion, NewChallenge, OtpBackend};
use super::key::OtpKey;
use super::{OtpError, OtpRules, Purpose, Subject, VerifyOtpOutcome};
use crate::StartError;
use crate::domain::{ChallengeId, OtpCode, Timestamp};
use crate::embedded::Store;

/// All pending codes, and the key that hashes them.
pub struct PendingCodes {
    otps: EmbeddedOtps,
    key: OtpKey,
}

impl PendingCodes {
    /// In `folder`, with so many bytes of pages in memory.
    pub async fn open(
        folder: &Path,
        cache_bytes: usize,
        rules: OtpRules,
        now: Timestamp,
    ) -> Result<Self, StartError> {
        let store = Store::open(folder, cache_bytes)?;
        let otps = EmbeddedOtps::open(store, rules, now).await?;
        Ok(Self { otps, key: OtpKey::from_bytes([7; 32]) })
    }

    /// Whether there was room for `code` of the request `id`.
    pub async fn issue(
        &self,
        id: ChallengeId,
        code: &OtpCode,
        subject: Subject,
        now: Timestamp,
    ) -> Result<bool, OtpError> {
        let mac = self.key.mac(subject.purpose(), id, code);
        let source = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let insertion = self.otps.insert(NewChallenge { id, subject, source, mac }, now).await?;
        Ok(matches!(insertion, Insertion::Kept { .. }))
    }

    /// Presents a code for a sign-up.
    pub async fn verify(
        &self,
        id: ChallengeId,
        code: &OtpCode,
        now: Timestamp,
    ) -> Result<VerifyOtpOutcome, OtpError> {
        let purpose = Purpose::SignUp;
        let mac = self.key.mac(purpose, id, code);
        let attempt = Attempt { id, purpose, mac, app_id: None, allowed: u8::MAX };
        Ok(self.otps.attempt(attempt, now).await?)
    }
}
