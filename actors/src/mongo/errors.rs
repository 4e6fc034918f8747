//! What a failure of the driver says about the operation.

use mongodb::error::{Error, ErrorKind, NO_WRITES_PERFORMED, WriteFailure};

use crate::backend::BackendError;

/// E11000.
const DUPLICATE_KEY: i32 = 11000;

/// "The $changeStream stage is only supported on replica sets."
const NO_CHANGE_STREAMS: i32 = 40573;

/// Codes with which a server refuses a write before it begins, or undoes it: `HostUnreachable` of
/// a router, `Unauthorized`, `AuthenticationFailed`, `MaxTimeMSExpired`, `WriteConflict`,
/// `DocumentValidationFailure`, and the three ways to say "not primary".
const REFUSED: [i32; 9] = [6, 13, 18, 50, 112, 121, 10107, 13435, 13436];

/// Whether an operation writes: only then can its outcome be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

impl Effect {
    /// What a failure means to the caller.
    pub(super) fn of(self, error: &Error) -> BackendError {
        if let ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } = &*error.kind {
            return BackendError::Corrupt;
        }
        if self == Self::Reads || nothing_was_written(error) {
            BackendError::Unavailable
        } else {
            BackendError::OutcomeUnknown
        }
    }

    /// What silence means to the caller.
    pub(super) fn of_silence(self) -> BackendError {
        match self {
            Self::Reads => BackendError::Unavailable,
            Self::Writes => BackendError::OutcomeUnknown,
        }
    }
}

fn nothing_was_written(error: &Error) -> bool {
    if error.contains_label(NO_WRITES_PERFORMED) {
        return true;
    }
    match &*error.kind {
        ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::InvalidArgument { .. }
        | ErrorKind::Shutdown => true,
        ErrorKind::Command(command) => REFUSED.contains(&command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => REFUSED.contains(&write.code),
        // A write concern that was not met: the write may be rolled back, or not.
        _ => false,
    }
}

/// The name of the unique index that refused a write, if that is what happened.
pub(crate) fn duplicate_key(error: &Error) -> Option<&str> {
    let message = match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(e)) if e.code == DUPLICATE_KEY => &e.message,
        ErrorKind::Command(e) if e.code == DUPLICATE_KEY => &e.message,
        _ => return None,
    };
    // "E11000 duplicate key error collection: db.users index: email dup key: { … }"
    Some(message.split_once("index: ")?.1.split_once(' ')?.0)
}

/// Whether a change stream was refused because this kind of server has none.
pub(crate) fn has_no_change_streams(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Command(command) if command.code == NO_CHANGE_STREAMS)
}

/// Names the failure for the log, without a word that could be somebody's data: a server's
/// message may repeat the document.
pub(super) fn describe(error: &Error) -> String {
    match &*error.kind {
        ErrorKind::Command(e) => format!("the server refuses: {} ({})", e.code_name, e.code),
        ErrorKind::Write(WriteFailure::WriteError(e)) => {
            format!("the server refuses the write ({})", e.code)
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(e)) => {
            format!("a majority did not confirm the write: {} ({})", e.code_name, e.code)
        }
        ErrorKind::Authentication { .. } => "authentication failed".to_owned(),
        ErrorKind::ServerSelection { .. } => "no server can take the operation".to_owned(),
        ErrorKind::Io(e) => format!("the connection failed: {}", e.kind()),
        ErrorKind::ConnectionPoolCleared { .. } => "the connections were closed".to_owned(),
        ErrorKind::DnsResolve { .. } => "the host name cannot be resolved".to_owned(),
        ErrorKind::Bson(_) => "a document has another shape than this version writes".to_owned(),
        _ => "the driver failed".to_owned(),
    }
}
