//! What messages look like.

use super::samples::samples;
use super::{Kind, TemplateFault, Templates};
use crate::domain::Language;

/// A message with sample data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Its language.
    pub language: Language,
    /// The name of its notice, as its files have it.
    pub notice: &'static str,
    /// Subject line; none for SMS.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// HTML alternative; none for SMS.
    pub html: Option<String>,
}

pub(super) fn all(templates: &Templates) -> Result<Vec<Preview>, TemplateFault> {
    let mut previews = Vec::new();
    for language in templates.languages() {
        for kind in Kind::ALL {
            for notice in samples(kind).iter().take(1) {
                let message = templates.write(notice, language)?;
                previews.push(Preview {
                    language: language.clone(),
                    notice: kind.name(),
                    subject: message.subject.clone(),
                    text: message.text.clone(),
                    html: message.html.clone(),
                });
            }
        }
    }
    Ok(previews)
}
