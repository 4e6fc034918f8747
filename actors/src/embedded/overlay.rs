//! A file under changes that stay in memory, as a storage of redb.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;
use redb::backends::FileBackend;

/// Reads through to a file; keeps what is written to itself, and drops it in the end.
#[derive(Debug)]
pub(super) struct Overlay {
    file: FileBackend,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    /// In the order they came: opening a store writes some dozen times.
    writes: Vec<(u64, Vec<u8>)>,
    /// The length that redb sees.
    len: u64,
    /// The start of the file that still shows through.
    backed: u64,
}

impl Overlay {
    pub(super) fn over(file: FileBackend) -> io::Result<Self> {
        let len = file.len()?;
        Ok(Self { file, changes: Mutex::new(Changes { writes: Vec::new(), len, backed: len }) })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        if offset.saturating_add(out.len() as u64) > changes.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        out.fill(0);
        let original = changes.backed.saturating_sub(offset).min(out.len() as u64);
        if let Some(original) = usize::try_from(original).ok().and_then(|len| out.get_mut(..len)) {
            self.file.read(offset, original)?;
        }
        for (start, written) in &changes.writes {
            patch(out, offset, *start, written);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        changes.backed = changes.backed.min(len);
        // What is cut off must come back as zeros when the storage grows again.
        for (start, written) in &mut changes.writes {
            written.truncate(usize::try_from(len.saturating_sub(*start)).unwrap_or(usize::MAX));
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        changes.len = changes.len.max(offset.saturating_add(data.len() as u64));
        changes.writes.push((offset, data.to_vec()));
        Ok(())
    }
}

/// Copies what `out` (at `offset`) and `written` (at `start`) have in common.
fn patch(out: &mut [u8], offset: u64, start: u64, written: &[u8]) {
    let from = offset.max(start);
    let skip = |base: u64| usize::try_from(from - base).unwrap_or(usize::MAX);
    let (target, source) = (out.get_mut(skip(offset)..), written.get(skip(start)..));
    for (byte, new) in target.into_iter().flatten().zip(source.into_iter().flatten()) {
        *byte = *new;
    }
}
