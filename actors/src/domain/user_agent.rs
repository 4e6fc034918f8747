//! What a client says it is.

use serde::{Deserialize, Serialize};

const MAX_CHARS: usize = 256;

/// The `User-Agent` of a request: untrusted text, cut to 256 characters, controls replaced.
/// For people to recognise their sessions by; never for a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserAgent(String);

impl UserAgent {
    /// Keeps what is safe to keep of `text`.
    #[must_use]
    pub fn sanitise(text: &str) -> Self {
        let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        Self(text.chars().take(MAX_CHARS).map(visible).collect())
    }

    /// The text kept.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
