//! What is on record about one act.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::domain::{AuditId, UserId};

/// One act. It holds no secret and no whole address (S-79).
///
/// Its words are kept as text: a record outlives the version that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Begins with the time of the act.
    pub id: AuditId,
    /// What was done.
    pub event: Cow<'static, str>,
    /// How it ended.
    pub outcome: Cow<'static, str>,
    /// What was presented as a proof, if anything.
    pub factor: Option<Cow<'static, str>>,
    /// Whose account, where it is known.
    pub user: Option<UserId>,
    /// Masked: which address or number, where there is no account.
    pub subject: Option<String>,
    /// Who acted; nobody at the start and at the end of the server.
    pub ip: Option<IpAddr>,
    /// The request, as in `X-Request-Id`.
    pub request_id: Option<String>,
}
