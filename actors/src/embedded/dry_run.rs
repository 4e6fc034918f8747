//! Opening a file without changing it: what redb writes stays in memory.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::Database;
use redb::backends::FileBackend;

use super::overlay::Overlay;

/// A dry run reads each of its few pages about once: nothing is gained by a larger cache.
const CACHE_BYTES: usize = 1 << 20;

/// Opens a would-be copy of `file` for `inspect`. The caller holds the store's lock.
pub(super) fn dry_run<T>(
    file: &Path,
    inspect: impl FnOnce(&Database) -> Result<T, redb::Error>,
) -> Result<T, redb::Error> {
    let copy = Overlay::over(FileBackend::new(File::open(file)?)?)?;
    // redb trusts parts of a file and panics when they turn out to be wrong.
    let run = AssertUnwindSafe(|| {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(copy)?;
        inspect(&database)
    });
    catch_unwind(run).unwrap_or_else(|_| Err(redb::Error::Corrupted("it is malformed".into())))
}
