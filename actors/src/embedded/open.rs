//! Opening the store's file: what is not ours, not whole, or not understood is refused.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadableDatabase, TableDefinition};

const FILE: &str = "store.redb";
/// Written to first, then renamed: a file called [`FILE`] was complete once.
const NEW_FILE: &str = "store.redb.new";
/// Raised with each change of the tables that an older version would misread.
const FORMAT: u32 = 1;

const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";

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
    /// Another process has it open.
    #[error("the store in {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// Written by a newer version of this server.
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

impl From<io::Error> for OpenError {
    fn from(cause: io::Error) -> Self {
        Self::Io { folder: PathBuf::new(), cause }
    }
}

pub(super) fn open(folder: &Path, cache_bytes: usize) -> Result<Database, OpenError> {
    let io = |cause| OpenError::Io { folder: folder.to_owned(), cause };
    fs::create_dir_all(folder).map_err(io)?;
    let file = folder.join(FILE);
    if !file.try_exists().map_err(io)? {
        create(folder, &file).map_err(io)?;
    }
    let database = Database::builder()
        .set_cache_size(cache_bytes)
        .open(&file)
        .map_err(|cause| refusal(folder, cause))?;
    match format_of(&database) {
        Ok(FORMAT) => Ok(database),
        Ok(found) if found > FORMAT => Err(OpenError::Newer { folder: folder.to_owned(), found }),
        Ok(found) => Err(damaged(folder, format!("unknown format {found}"))),
        Err(cause) => Err(damaged(folder, cause.to_string())),
    }
}

fn create(folder: &Path, file: &Path) -> io::Result<()> {
    let new = folder.join(NEW_FILE);
    if new.try_exists()? {
        fs::remove_file(&new)?; // an earlier start was cut short before the rename
    }
    initialise(&new).map_err(io::Error::other)?;
    fs::rename(&new, file)?;
    File::open(folder)?.sync_all()
}

fn initialise(path: &Path) -> Result<(), redb::Error> {
    let database = Database::create(path)?;
    let transaction = database.begin_write()?;
    transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    transaction.commit()?;
    Ok(database.close()?)
}

fn format_of(database: &Database) -> Result<u32, redb::Error> {
    let table = database.begin_read()?.open_table(META)?;
    let format = table.get(FORMAT_KEY)?.map(|found| found.value());
    format.ok_or_else(|| redb::Error::Corrupted("no format number".into()))
}

fn refusal(folder: &Path, cause: DatabaseError) -> OpenError {
    match cause {
        DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(folder.to_owned()),
        DatabaseError::Storage(redb::StorageError::Io(cause))
            if cause.kind() != io::ErrorKind::InvalidData =>
        {
            OpenError::Io { folder: folder.to_owned(), cause }
        }
        other => damaged(folder, other.to_string()),
    }
}

fn damaged(folder: &Path, cause: String) -> OpenError {
    OpenError::Damaged { folder: folder.to_owned(), cause }
}
