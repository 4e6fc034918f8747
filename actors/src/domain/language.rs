//! Languages that people read.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// RFC 5646 §4.4.1: no tag in use is longer.
const MAX_LENGTH: usize = 35;

/// Languages written from right to left.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "ckb", "dv", "fa", "he", "ps", "ug", "ur", "yi"];

/// The text is no language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a language tag like \"en\" or \"pt-BR\"")]
pub struct InvalidLanguage;

/// A language tag (BCP 47) in lower case: `en`, `pt-br`. A clone is a count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(Arc<str>);

impl Language {
    /// A language of 2 or 3 letters, and subtags of 1 to 8 letters and digits.
    pub fn parse(text: &str) -> Result<Self, InvalidLanguage> {
        let mut subtags = text.split('-');
        let primary = subtags.next().unwrap_or_default();
        let well_formed = text.len() <= MAX_LENGTH
            && (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
            && subtags.all(|subtag| {
                (1..=8).contains(&subtag.len())
                    && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if well_formed { Ok(Self(text.to_ascii_lowercase().into())) } else { Err(InvalidLanguage) }
    }

    /// English, which the built-in texts are complete in.
    #[must_use]
    pub fn english() -> Self {
        Self("en".into())
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `rtl` or `ltr`, as HTML has it.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        let primary = self.0.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&primary) { "rtl" } else { "ltr" }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidLanguage;

    fn try_from(text: String) -> Result<Self, InvalidLanguage> {
        Self::parse(&text)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_in_any_case_and_kept_in_lower_case() {
        for (text, tag) in [("en", "en"), ("pt-BR", "pt-br"), ("ZH-Hant-TW", "zh-hant-tw")] {
            assert_eq!(Language::parse(text).unwrap().as_str(), tag);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let long = format!("en{}", "-abcdefgh".repeat(4));
        for text in [
            "", "e", "english", "e1", "en-", "-en", "en--us", "en_US", "../en", "en/x", "fré",
            &long,
        ] {
            assert_eq!(Language::parse(text), Err(InvalidLanguage), "{text}");
        }
    }

    #[test]
    fn each_script_has_its_direction() {
        for (text, direction) in [("ar-EG", "rtl"), ("he", "rtl"), ("en", "ltr"), ("arn", "ltr")] {
            assert_eq!(Language::parse(text).unwrap().direction(), direction, "{text}");
        }
    }
}
