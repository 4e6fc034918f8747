//! What the audit trail understands.

use std::net::IpAddr;

use actix::Message;

use super::{AuditEvent, AuditQuery};
use crate::backend::BackendError;
use crate::domain::UserId;
use crate::runtime::AskError;

/// Why the trail gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The actor gave no answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The store gave no answer.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

/// Puts an act on record. The answer means "noted": it is written within a second or so, or, when
/// the store takes nothing for long, dropped and counted (S-82).
#[derive(Clone, Message)]
#[rtype(result = "Result<(), AuditError>")]
pub struct RecordEvent {
    /// What was done.
    pub event: &'static str,
    /// How it ended.
    pub outcome: &'static str,
    /// What was presented as a proof, if anything.
    pub factor: Option<&'static str>,
    /// Whose account, where it is known.
    pub user: Option<UserId>,
    /// Masked: which address or number, where there is no account.
    pub subject: Option<String>,
    /// Who acted.
    pub ip: Option<IpAddr>,
    /// The request.
    pub request_id: Option<String>,
}

/// Reads what is on record, newest first. What this process was told before is in it.
#[derive(Message)]
#[rtype(result = "Result<Vec<AuditEvent>, AuditError>")]
pub struct ReadTrail(pub AuditQuery);
