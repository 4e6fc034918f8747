//! Opening the store's file: what is not ours, not whole, or not understood is refused, and what
//! is refused has not been written to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, TableDefinition};

use super::create;
use super::dry_run::dry_run;

const FILE: &str = "store.redb";
/// Locked while a store is open. The system frees the lock of a killed process.
const LOCK_FILE: &str = "store.lock";
/// Raised with each change of the tables that an older version would misread.
pub(super) const FORMAT: u32 = 1;

pub(super) const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
pub(super) const FORMAT_KEY: &str = "format";

/// Why the embedded store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or file cannot be used.
    #[error("the store in {} cannot be used: {cause}", folder.display())]
    Io {
        /// `storage.path`.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Somebody has it open, most likely a second server.
    #[error("the store in {} is already in use", .0.display())]
    InUse(PathBuf),
    /// Written by a newer version of this server. It is left untouched.
    #[error("the store in {} has format {found}, this version reads up to {FORMAT}: use the newer version", folder.display())]
    Newer {
        /// `storage.path`.
        folder: PathBuf,
        /// The format found.
        found: u32,
    },
    /// Not a store, or not whole. It is left untouched.
    #[error("the store in {} is damaged: {cause}; restore it from a backup", folder.display())]
    Damaged {
        /// `storage.path`.
        folder: PathBuf,
        /// What is wrong.
        cause: String,
    },
}

/// An open database, and the lock that keeps everybody else out of its folder.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) lock: File,
}

/// Whether `folder` holds a store.
pub(crate) fn exists(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Opens the store in `folder`, creating it when there is none.
pub(super) fn open(folder: &Path, cache_bytes: usize) -> Result<Opened, OpenError> {
    let io = |cause| OpenError::Io { folder: folder.to_owned(), cause };
    create::folder(folder).map_err(io)?;
    let lock = lock(folder)?;
    let file = folder.join(FILE);
    if !file.try_exists().map_err(io)? {
        create::store(&file).map_err(io)?;
    }
    // redb writes while it opens: it repairs, and marks the file as in use. So whether the file
    // may be written to is found out on a copy whose changes stay in memory.
    match dry_run(&file, format_of) {
        Ok(FORMAT) => {}
        Ok(found) if found > FORMAT => {
            return Err(OpenError::Newer { folder: folder.to_owned(), found });
        }
        Ok(found) => return Err(damaged(folder, format!("unknown format {found}"))),
        Err(cause) => return Err(refusal(folder, cause)),
    }
    let database = Database::builder()
        .set_cache_size(cache_bytes)
        .open(&file)
        .map_err(|cause| refusal(folder, cause.into()))?;
    Ok(Opened { database, lock })
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let io = |cause| OpenError::Io { folder: folder.to_owned(), cause };
    let file = create::private(OpenOptions::new().write(true).create(true).truncate(false))
        .open(folder.join(LOCK_FILE))
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(cause)) => Err(io(cause)),
    }
}

fn format_of(database: &Database) -> Result<u32, redb::Error> {
    let table = database.begin_read()?.open_table(META)?;
    let format = table.get(FORMAT_KEY)?.map(|found| found.value());
    format.ok_or_else(|| redb::Error::Corrupted("no format number".into()))
}

fn refusal(folder: &Path, cause: redb::Error) -> OpenError {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    match cause {
        redb::Error::DatabaseAlreadyOpen => OpenError::InUse(folder.to_owned()),
        // Not the disk's fault: the file says one thing and its length another.
        redb::Error::Io(cause) if !matches!(cause.kind(), InvalidData | UnexpectedEof) => {
            OpenError::Io { folder: folder.to_owned(), cause }
        }
        other => damaged(folder, other.to_string()),
    }
}

fn damaged(folder: &Path, cause: String) -> OpenError {
    OpenError::Damaged { folder: folder.to_owned(), cause }
}
