//! Names of people, as they want to be greeted.

use std::fmt;

use serde::{Deserialize, Serialize};

const MAX_CODE_POINTS: usize = 100;

/// The text is empty, too long, or holds characters that no name has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 100 characters, without control or direction-changing characters")]
pub struct InvalidName;

/// 1 to 100 code points after trimming, no controls, no bidi overrides (S-64).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(Box<str>);

impl PersonName {
    /// Trims `text` and checks it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        // Controls at the ends are refused, not trimmed: a line break is never part of a name.
        if text.chars().any(is_forbidden) {
            return Err(InvalidName);
        }
        let name = text.trim();
        match name.chars().take(MAX_CODE_POINTS + 1).count() {
            1..=MAX_CODE_POINTS => Ok(Self(name.into())),
            _ => Err(InvalidName),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// C0 and C1 controls, line and paragraph separators, and the characters that reorder the text
/// around them (UAX #9: LRE to RLO, LRI to PDI).
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for PersonName {
    /// Redacted: a name is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world_are_accepted_and_trimmed() {
        for name in ["John", "Nguyễn", "محمد", "O'Brien", "李", "María José"] {
            assert_eq!(PersonName::parse(&format!("  {name} ")).unwrap().as_str(), name);
        }
        assert!(PersonName::parse(&"ü".repeat(100)).is_ok());
    }

    #[test]
    fn controls_overrides_and_wrong_lengths_are_refused() {
        let long = "a".repeat(101);
        for text in [
            "",
            "   ",
            "a\nb",
            "a\r\nBcc: x",
            "a\0b",
            "a\u{1b}[31m",
            "a\u{85}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{2028}b",
            "a\n",
            &long,
        ] {
            assert_eq!(PersonName::parse(text), Err(InvalidName), "{text:?}");
        }
    }
}
