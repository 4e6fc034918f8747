mod defaults;
mod deployment;
mod layers;
mod limits;
mod secrets;
mod show;
mod sms;
mod validation;

use std::ffi::OsString;
use std::io::Write;

use tempfile::NamedTempFile;

use super::*;

/// An environment; the process's own is never touched.
fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// The settings with these variables, before they are validated.
fn with_variables(pairs: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::read(None, environment(pairs)).map_err(|problems| problems.to_string())
}

/// A settings file.
fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The settings with this file, before they are validated.
fn with_file(text: &str) -> Result<Settings, String> {
    Settings::read(Some(file(text).path()), []).map_err(|problems| problems.to_string())
}

/// What validation has to say, line by line.
fn problems(settings: &Settings) -> Vec<String> {
    match settings.validate() {
        Ok(()) => Vec::new(),
        Err(problems) => problems.to_string().lines().map(str::to_owned).collect(),
    }
}
