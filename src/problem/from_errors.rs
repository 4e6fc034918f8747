//! What the errors of actors and of signing mean to a client. One exhaustive match per actor.

use actors::attempt_guard::GuardError;
use actors::audit_trail::AuditError;
use actors::backend::BackendError;
use actors::notification_dispatch::DispatchError;
use actors::otp_manager::OtpError;
use actors::password_hasher::HashError;
use actors::rate_limiter::LimiterError;
use actors::revocation_registry::RevocationError;
use actors::runtime::AskError;
use actors::user_store::UserStoreError;
use tracing::error;

use super::Problem;
use crate::tokens::IssueError;

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Overloaded(_) => Self::Overloaded,
            AskError::TimedOut(_) => Self::OutcomeUnknown,
            AskError::Unavailable(_) => Self::Unavailable,
        }
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Unavailable => Self::Unavailable,
            BackendError::OutcomeUnknown => Self::OutcomeUnknown,
            BackendError::Corrupt => Self::Internal,
        }
    }
}

impl From<UserStoreError> for Problem {
    fn from(error: UserStoreError) -> Self {
        match error {
            UserStoreError::Ask(error) => error.into(),
            UserStoreError::Backend(error) => error.into(),
        }
    }
}

impl From<RevocationError> for Problem {
    fn from(error: RevocationError) -> Self {
        match error {
            RevocationError::Ask(error) => error.into(),
            RevocationError::Backend(error) => error.into(),
            RevocationError::Stale => Self::Unavailable,
        }
    }
}

impl From<OtpError> for Problem {
    fn from(error: OtpError) -> Self {
        match error {
            OtpError::Full => Self::Overloaded,
            OtpError::Ask(error) => error.into(),
            OtpError::Backend(error) => error.into(),
        }
    }
}

impl From<GuardError> for Problem {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::Ask(error) => error.into(),
            GuardError::Backend(error) => error.into(),
        }
    }
}

impl From<LimiterError> for Problem {
    fn from(error: LimiterError) -> Self {
        match error {
            LimiterError::Ask(error) => error.into(),
            LimiterError::Backend(error) => error.into(),
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Overloaded,
            // The hasher has logged which pepper.
            HashError::UnknownPepper => Self::Unavailable,
            HashError::Failed => Self::Internal,
            HashError::Ask(error) => error.into(),
        }
    }
}

impl From<DispatchError> for Problem {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::QueueFull => Self::Overloaded,
            DispatchError::Ask(error) => error.into(),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Ask(error) => error.into(),
            AuditError::Backend(error) => error.into(),
        }
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        error!(%error);
        Self::Internal
    }
}
