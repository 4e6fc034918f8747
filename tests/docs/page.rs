//! A page of the documentation, as far as it can be checked.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository's own folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository, as text.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A page in Markdown.
pub struct Page {
    folder: PathBuf,
    text: String,
}

impl Page {
    /// The page at `path`.
    pub fn open(path: &str) -> Self {
        let folder = Path::new(path).parent().unwrap().to_owned();
        Self { folder, text: read(path) }
    }

    /// The cells of all rows of tables whose first cell begins with `prefix`.
    pub fn rows(&self, prefix: &str) -> Vec<Vec<&str>> {
        let rows = self.text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
        rows.map(|row| row.split(" | ").map(str::trim).collect::<Vec<_>>())
            .filter(|cells| cells[0].starts_with(prefix))
            .collect()
    }

    /// What stands between backticks.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.text.split("```").step_by(2).flat_map(|text| text.split('`').skip(1).step_by(2))
    }

    /// Where its links to other files of the repository lead.
    pub fn links(&self) -> impl Iterator<Item = PathBuf> {
        let targets = self.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let files = targets.map(|target| target.split('#').next().unwrap_or_default());
        files
            .filter(|file| !file.is_empty() && !file.contains("://"))
            .map(|file| self.folder.join(file))
    }
}
