//! `templates preview`: every message with sample data, for people to look at.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use actors::notification_dispatch::{Preview, TemplateRules, Templates};
use anyhow::Context;

/// The page that shows all. It holds names of languages and notices only, which need no escaping.
const INDEX: &str = include_str!("preview/index.html");
/// Where the messages go in it.
const PLACE: &str = "<!-- messages -->";

/// Writes the messages to files in `folder`, and `index.html`. Returns how many there are.
pub(super) fn write(rules: &TemplateRules, folder: &Path) -> anyhow::Result<usize> {
    let previews = Templates::load(rules)?.previews()?;
    let mut messages = String::new();
    for preview in &previews {
        let Preview { language, notice, subject, text, html } = preview;
        let parts =
            [(subject.as_ref(), "subject.txt"), (Some(text), "txt"), (html.as_ref(), "html")];
        writeln!(messages, "<h2>{notice} · {language}</h2>\n<div>")?;
        for (content, extension) in parts {
            let Some(content) = content else { continue };
            let name = format!("{language}/{notice}.{extension}");
            save(&folder.join(&name), content)?;
            let class = extension.replace('.', "-");
            writeln!(
                messages,
                "<iframe class=\"{class}\" sandbox title=\"{name}\" src=\"{name}\"></iframe>"
            )?;
        }
        messages.push_str("</div>\n");
    }
    save(&folder.join("index.html"), &INDEX.replace(PLACE, &messages))?;
    Ok(previews.len())
}

fn save(path: &Path, content: &str) -> anyhow::Result<()> {
    let unwritable = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(unwritable)?;
    }
    fs::write(path, content).with_context(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_a_file_and_the_page_shows_each() {
        let folder = tempfile::tempdir().unwrap();
        let count = write(&TemplateRules::default(), folder.path()).unwrap();
        assert_eq!(count, 16);
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let index = read("index.html");
        for name in ["en/sign_up_code.subject.txt", "en/phone_code.txt", "fr/refresh_reuse.html"] {
            assert!(!read(name).is_empty());
            assert!(index.contains(&format!("src=\"{name}\"")), "{name}");
        }
        assert!(!index.contains(PLACE) && !index.contains("042137"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write(&TemplateRules::default(), file.path()).unwrap_err();
        assert!(error.to_string().starts_with("cannot write "), "{error}");
    }
}
