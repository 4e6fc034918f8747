//! Creating the store so that it is either whole or not there, and readable by its owner only.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

use redb::Database;
use redb::backends::FileBackend;

use super::open::{FORMAT, FORMAT_KEY, META};

/// Creates `path` and its missing parents, for the owner only, durably.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        folder(parent)?;
    }
    match private_folder().create(path) {
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause),
        _ => {}
    }
    // A folder whose entry is lost in a power cut takes every acknowledged change with it.
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Creates an empty store at `file`, by way of a new file that is renamed once it is whole.
pub(super) fn store(file: &Path) -> io::Result<()> {
    let new = file.with_added_extension("new");
    // An earlier start may have been cut short: whatever it left is replaced.
    let mut options = OpenOptions::new();
    let empty = private(options.read(true).write(true).create(true).truncate(true)).open(&new)?;
    initialise(empty).map_err(io::Error::other)?;
    fs::rename(&new, file)?;
    sync_folder(file.parent().unwrap_or(Path::new(".")))
}

fn initialise(file: File) -> Result<(), redb::Error> {
    let database = Database::builder().create_with_backend(FileBackend::new(file)?)?;
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    transaction.commit()?;
    Ok(database.close()?)
}

/// Files of the store hold password hashes: nobody but the owner reads them (mode 0600).
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
