//! The operator's own templates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::fault::TemplateFaults;
use super::sources::{self, LAYOUT, Source};
use crate::domain::Language;

/// Mail clients cut what is longer than about 100 KiB.
const MAX_BYTES: u64 = 64 * 1024;

/// Reads `layout.html` and the folders of languages. Whatever else is there is a fault: a
/// misspelt name would go unnoticed. Names that start with a dot are not looked at.
pub(super) fn read(folder: &Path, faults: &mut TemplateFaults) -> BTreeMap<String, Source> {
    let mut found = BTreeMap::new();
    for (name, path) in entries(folder, faults) {
        if name == LAYOUT {
            keep(&mut found, name, &path, faults);
        } else if let (true, Ok(language)) = (path.is_dir(), Language::parse(&name)) {
            for (name, path) in entries(&path, faults) {
                if sources::is_known(&name) {
                    keep(&mut found, format!("{language}/{name}"), &path, faults);
                } else {
                    faults.add_whole(&path, "is not the name of a template");
                }
            }
        } else {
            faults.add_whole(&path, "is neither layout.html nor the folder of a language");
        }
    }
    found
}

fn keep(
    found: &mut BTreeMap<String, Source>,
    name: String,
    path: &Path,
    faults: &mut TemplateFaults,
) {
    match text_of(path) {
        Ok(text) => {
            let source = Source { file: path.display().to_string(), text };
            if let Some(other) = found.insert(name, source) {
                faults.add_whole(path, format_args!("is the same template as {}", other.file));
            }
        }
        Err(message) => faults.add_whole(path, message),
    }
}

/// The text of a file without a byte order mark, lines ending in `\n`.
fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(format!("is longer than {MAX_BYTES} bytes"));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// What is in a folder, by name.
fn entries(folder: &Path, faults: &mut TemplateFaults) -> Vec<(String, PathBuf)> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        let named =
            |entry: fs::DirEntry| (entry.file_name().to_string_lossy().into_owned(), entry.path());
        entries.map(|entry| entry.map(named)).collect::<Result<Vec<_>, _>>()
    });
    match listed {
        Ok(mut entries) => {
            entries.retain(|(name, _)| !name.starts_with('.'));
            entries.sort();
            entries
        }
        Err(error) => {
            faults.add_whole(folder, format_args!("cannot be read: {error}"));
            Vec::new()
        }
    }
}
