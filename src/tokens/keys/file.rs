//! Reading one key file.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use super::{Algorithm, Key, KeyError, KeyProblem, jwk_file, pem_file};

/// A key has at most some hundred bytes; nothing larger is read into memory.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads a key file that the settings name.
///
/// A mode that lets others read it is worth a warning only: container secrets are mounted 0444,
/// and who can reach them there is the mount's business.
pub(super) fn load(path: &Path) -> Result<Key, KeyError> {
    let key = read(path).map_err(|problem| KeyError::file(path, problem))?;
    if let Some(mode) = fs::metadata(path).ok().as_ref().and_then(exposed_mode) {
        let mode = format!("{mode:03o}");
        tracing::warn!(path = %path.display(), mode, "signing key can be read by other users");
    }
    Ok(key)
}

/// Reads a key file that this server created, which must still be its owner's alone.
pub(super) fn load_private(path: &Path) -> Result<Key, KeyError> {
    let refuse = |problem| KeyError::file(path, problem);
    let metadata = fs::metadata(path).map_err(|e| refuse(KeyProblem::Unreadable(e.kind())))?;
    match exposed_mode(&metadata) {
        Some(mode) => Err(refuse(KeyProblem::Exposed { mode })),
        None => read(path).map_err(refuse),
    }
}

/// Refuses a key that is for another algorithm than the configured one.
pub(super) fn require(key: &Key, expected: Algorithm, path: &Path) -> Result<(), KeyError> {
    let found = key.algorithm();
    if found == expected {
        Ok(())
    } else {
        Err(KeyError::file(path, KeyProblem::WrongAlgorithm { expected, found }))
    }
}

fn read(path: &Path) -> Result<Key, KeyProblem> {
    let text = content(path)?;
    parse(std::str::from_utf8(&text).map_err(|_| KeyProblem::UnknownFormat)?)
}

/// What is in a key file, whatever it is.
pub(crate) fn content(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyProblem> {
    let unreadable = |e: std::io::Error| KeyProblem::Unreadable(e.kind());
    // Asked before opening: to open a pipe is to wait for its writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(KeyProblem::NotAFile);
    }
    let mut text = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(KeyProblem::TooLarge);
    }
    Ok(text)
}

/// Reads a key from the text of its file.
pub(super) fn parse(text: &str) -> Result<Key, KeyProblem> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        jwk_file::parse(text)
    } else if text.contains("-----BEGIN ") {
        pem_file::parse(text)
    } else {
        Err(KeyProblem::UnknownFormat)
    }
}

/// The permission bits, when they give the group or others any access.
#[cfg(unix)]
fn exposed_mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn exposed_mode(_: &Metadata) -> Option<u32> {
    None
}
