//! Secrets: given in the settings or in a file beside them, and never shown.

use std::fs;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::Problems;

/// What is shown in place of a secret.
const REDACTED: &str = "***";
/// No secret is longer; a file that is was named by mistake.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// A secret of the settings, or none. Neither `Debug` nor `Serialize` shows it.
#[derive(Clone, Debug, Default)]
pub struct Secret {
    value: Option<SecretString>,
    is_from_file: bool,
}

impl Secret {
    /// The secret, if one is given.
    #[must_use]
    pub fn get(&self) -> Option<&SecretString> {
        self.value.as_ref()
    }

    /// Takes the content of `file` as the value of `key`, which must not have one yet.
    ///
    /// One line break at the end does not count: editors and `echo` write one.
    pub(super) fn read_file(&mut self, key: &str, file: Option<&Path>, problems: &mut Problems) {
        let Some(file) = file else { return };
        let file_key = format!("{key}_file");
        if self.value.is_some() {
            problems.add(file_key, format_args!("must not be given together with {key}"));
            return;
        }
        match content(file) {
            Ok(content) => *self = Self { value: Some(content), is_from_file: true },
            Err(message) => problems.add(file_key, message),
        }
    }
}

fn content(file: &Path) -> Result<SecretString, String> {
    let name = file.display();
    let bytes = fs::read(file).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let bytes = Zeroizing::new(bytes);
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!("{name} is larger than any secret"));
    }
    let text = str::from_utf8(&bytes).map_err(|_| format!("{name} is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() { Err(format!("{name} is empty")) } else { Ok(text.into()) }
}

impl PartialEq for Secret {
    /// Compares the values. Not in constant time: settings are compared with settings only.
    fn eq(&self, other: &Self) -> bool {
        let text = |secret: &Self| secret.get().map(|value| value.expose_secret().to_owned());
        text(self) == text(other)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = (!text.is_empty()).then(|| text.into());
        Ok(Self { value, is_from_file: false })
    }
}

impl Serialize for Secret {
    /// `***`, or nothing where the file's name says it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_shown = self.value.is_some() && !self.is_from_file;
        serializer.serialize_str(if is_shown { REDACTED } else { "" })
    }
}
