//! One entry of `password.pepper_files`: an id and a file, as `2026a:/run/secrets/pepper`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a pepper is, and what stored hashes name it by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PepperFile {
    /// 1 to 16 of a-z, 0-9 and -.
    pub id: String,
    /// A file of at least 32 bytes.
    pub path: PathBuf,
}

/// The entry has no id, a wrong one, or no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"id:file\" with an id of 1 to 16 of the characters a-z, 0-9 and -")]
pub struct InvalidPepperFile;

impl TryFrom<String> for PepperFile {
    type Error = InvalidPepperFile;

    fn try_from(text: String) -> Result<Self, InvalidPepperFile> {
        let (id, path) = text.split_once(':').ok_or(InvalidPepperFile)?;
        let is_id = (1..=16).contains(&id.len())
            && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !is_id || path.is_empty() {
            return Err(InvalidPepperFile);
        }
        Ok(Self { id: id.to_owned(), path: path.into() })
    }
}

impl From<PepperFile> for String {
    fn from(file: PepperFile) -> Self {
        format!("{}:{}", file.id, file.path.display())
    }
}
