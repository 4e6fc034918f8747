//! What is wrong with templates.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// Something to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateFault {
    file: String,
    /// From 1; none where it is about the file as a whole.
    line: Option<usize>,
    message: String,
}

impl TemplateFault {
    pub(super) fn new(
        file: impl Into<String>,
        line: Option<usize>,
        message: impl fmt::Display,
    ) -> Self {
        Self { file: file.into(), line, message: message.to_string() }
    }

    /// Why `template` failed with real values. The engine's details are left out: they may quote
    /// a value.
    pub(super) fn of_rendering(template: &str, error: &minijinja::Error) -> Self {
        Self::new(error.name().unwrap_or(template), error.line(), error.kind())
    }
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for TemplateFault {}

/// At least one fault, in the order of files and lines.
#[derive(Debug, Default)]
pub struct TemplateFaults(BTreeSet<TemplateFault>);

impl TemplateFaults {
    pub(super) fn add(&mut self, fault: TemplateFault) {
        self.0.insert(fault);
    }

    /// A fault of a file or folder as a whole.
    pub(super) fn add_whole(&mut self, path: &Path, message: impl fmt::Display) {
        self.add(TemplateFault::new(path.display().to_string(), None, message));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for TemplateFaults {
    /// One line per fault: `templates/en/phone_code.txt:1: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateFaults {}
