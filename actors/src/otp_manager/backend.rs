//! Where pending codes are kept. Each operation decides and changes in one step, so that of any
//! number of parallel callers exactly one succeeds (S-14).

#[cfg(test)]
mod contract;
mod embedded;
#[cfg(test)]
mod memory;
mod mongodb;

use std::net::IpAddr;

use super::key::CodeMac;
use super::{Destination, Purpose, Subject, VerifyOtpOutcome};
use crate::backend::Pending;
use crate::domain::{AppId, ChallengeId, Timestamp, UserId};

pub(crate) use embedded::EmbeddedOtps;
#[cfg(test)]
pub(crate) use memory::MemoryOtps;
pub(crate) use mongodb::MongoOtps;

/// Pending codes. What is answered is durable, as far as the backend is.
pub(crate) trait OtpBackend: Send + Sync + 'static {
    /// Adds a request, making room as [`OtpRules`](super::OtpRules) say.
    fn insert(&self, new: NewChallenge, now: Timestamp) -> Pending<Insertion>;

    /// Counts an attempt, then decides it. An accepted code is consumed, and so are all others
    /// of its purpose and destination.
    fn attempt(&self, attempt: Attempt, now: Timestamp) -> Pending<VerifyOtpOutcome>;

    /// Replaces the code of a request. The attempts made stay counted.
    fn resend(&self, id: ChallengeId, mac: CodeMac, now: Timestamp) -> Pending<Resending>;

    /// A request that is neither expired nor out of attempts.
    fn find(&self, id: ChallengeId, now: Timestamp) -> Pending<Option<Found>>;

    /// Frees expired requests, a bounded number of them.
    fn sweep(&self, now: Timestamp) -> Pending<()>;
}

/// A request to keep.
#[derive(Clone)]
pub(crate) struct NewChallenge {
    /// Random, and new.
    pub(crate) id: ChallengeId,
    /// What its code proves.
    pub(crate) subject: Subject,
    /// Who asked for it.
    pub(crate) source: IpAddr,
    /// Its code.
    pub(crate) mac: CodeMac,
}

/// The answer to an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insertion {
    /// It is pending.
    Kept {
        /// From this moment on its code is dead.
        expires_at: Timestamp,
    },
    /// Too many are pending; nothing was added.
    Full,
}

/// A code presented.
pub(crate) struct Attempt {
    /// For this request.
    pub(crate) id: ChallengeId,
    /// For this purpose; of another one, nothing is counted.
    pub(crate) purpose: Purpose,
    /// The code.
    pub(crate) mac: CodeMac,
    /// By this client application.
    pub(crate) app_id: Option<AppId>,
    /// Attempts the request may have had in all, where that is fewer than the rules allow.
    pub(crate) allowed: u8,
}

/// The answer to a resend.
pub(crate) enum Resending {
    /// The old code is dead, the new one pending.
    Replaced {
        /// What it proves.
        subject: Subject,
        /// From this moment on the new code is dead.
        expires_at: Timestamp,
    },
    /// The cool-down is not over.
    TooSoon {
        /// When it will be.
        retry_at: Timestamp,
    },
    /// No such request, or it is expired or out of attempts.
    Unknown,
}

/// A pending request.
pub(crate) struct Found {
    /// What its code is for.
    pub(crate) purpose: Purpose,
    /// Where it went.
    pub(crate) destination: Destination,
    /// The account that asked for it.
    pub(crate) account: Option<UserId>,
    /// Not before this moment may another code be sent.
    pub(crate) resend_at: Timestamp,
}
