//! The server key that turns a code into what may be stored.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::Purpose;
use crate::domain::{ChallengeId, OtpCode};
use crate::runtime::Random;

const KEY_BYTES: usize = 32;
/// Block size of SHA-256: a shorter HMAC key is padded to it with zeros (RFC 2104 §2).
const BLOCK: usize = 64;
/// Keeps these hashes apart from any other use of the same key.
const CONTEXT: &[u8] = b"bioentrust one-time code v1";

/// The key of [`CodeMac`]s. It has no `Debug` and is wiped on drop.
#[derive(ZeroizeOnDrop)]
pub(crate) struct OtpKey([u8; KEY_BYTES]);

/// HMAC-SHA-256 over purpose, request id and code (S-16): the only form in which a code is kept.
#[derive(Clone, Copy)]
pub(crate) struct CodeMac([u8; 32]);

impl OtpKey {
    /// A key that the caller keeps.
    pub(crate) const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the key in `path`, or creates it there, readable by its owner only.
    ///
    /// A file of another length is refused and left alone: replacing it would kill every
    /// pending code, and hide that something damaged the file.
    pub(crate) fn load_or_create(path: &Path, random: &dyn Random) -> io::Result<Self> {
        match load(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => create(path, random),
            loaded => loaded,
        }
    }

    /// The keyed hash of `code`. Its parts have fixed lengths, so no two inputs read alike.
    pub(super) fn mac(&self, purpose: Purpose, id: ChallengeId, code: &OtpCode) -> CodeMac {
        let mut block = Zeroizing::new([0; BLOCK]);
        for (padded, byte) in block.iter_mut().zip(self.0) {
            *padded = byte;
        }
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(CONTEXT);
        mac.update(&[purpose.tag()]);
        mac.update(id.as_bytes());
        mac.update(code.expose().as_bytes());
        CodeMac(mac.finalize().into_bytes().into())
    }
}

impl CodeMac {
    /// From stored bytes.
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storing.
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in a time that does not depend on where the two differ.
    pub(super) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

fn load(path: &Path) -> io::Result<OtpKey> {
    // One byte more than a key, so that a longer file shows.
    let mut content = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 1));
    File::open(path)?.take(KEY_BYTES as u64 + 1).read_to_end(&mut content)?;
    let bytes = content.as_slice().try_into().map_err(|_| {
        let file = path.display();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{file} is not a key of {KEY_BYTES} bytes; restore it from a backup"),
        )
    })?;
    Ok(OtpKey(bytes))
}

fn create(path: &Path, random: &dyn Random) -> io::Result<OtpKey> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    random.fill(&mut *bytes);
    let new = NewFile::write(folder, &*bytes, random)?;
    // Unlike a rename, a link never replaces what another process put there meanwhile.
    match fs::hard_link(&new.0, path) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => return load(path),
        linked => linked?,
    }
    drop(new);
    File::open(folder)?.sync_all()?;
    Ok(OtpKey(*bytes))
}

/// A complete file under a name of its own, removed on drop.
struct NewFile(PathBuf);

impl NewFile {
    fn write(folder: &Path, content: &[u8], random: &dyn Random) -> io::Result<Self> {
        let name = format!(".otp-key-{}", ChallengeId::from_bytes(random.bytes16()));
        let new = Self(folder.join(name));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new.0)?;
        file.write_all(content)?;
        file.sync_all()?;
        Ok(new)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // A copy left behind is as private as the key itself.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
