//! Why a migration failed.

use std::path::PathBuf;

use super::checksum::Tally;
use super::kind::{Kind, Phase};
use crate::backend::BackendError;
use crate::embedded::OpenError;
use crate::mongo::MongoSettingsError;

/// Why a migration failed. It is safe to run it again.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The embedded store was refused; most likely a server runs on it.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The source would have been made anew.
    #[error("there is no embedded store in {}", .0.display())]
    NoSource(PathBuf),
    /// MongoDB cannot be reached with these settings, ever.
    #[error(transparent)]
    MongoDb(#[from] MongoSettingsError),
    /// MongoDB gives no answer, or its collections are not in order.
    #[error("the MongoDB database cannot be reached or prepared")]
    Unprepared,
    /// A store that was opened cannot be used.
    #[error("the store cannot be used: {0}")]
    Unusable(#[from] BackendError),
    /// Something is there already.
    #[error("the target already holds {0}: nothing was moved")]
    NotEmpty(Kind),
    /// A page could not be read or written.
    #[error("{phase} {kind} failed: {cause}")]
    Broken {
        /// What was being done.
        phase: Phase,
        /// To what.
        kind: Kind,
        /// What the store says.
        cause: BackendError,
    },
    /// The target is not a copy of the source.
    #[error(
        "the target has other {0} under the same e-mail addresses: it is no copy of the source"
    )]
    Conflict(Kind),
    /// The two sides differ.
    #[error(
        "the stores hold different {kind}: the source {} and the target {}, with checksums\n{source_tally}\n{target_tally}",
        source_tally.count(), target_tally.count()
    )]
    Differs {
        /// What differs.
        kind: Kind,
        /// Of the source.
        source_tally: Tally,
        /// Of the target.
        target_tally: Tally,
    },
}
