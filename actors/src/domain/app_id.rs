//! The client application on whose behalf an SMS code is sent.

use serde::{Deserialize, Serialize};

/// The text is empty, too long, or holds other than visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an integer or a string of 1 to 64 visible ASCII characters")]
pub struct InvalidAppId;

/// 1 to 64 visible ASCII characters; an integer on the wire is its decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(String);

impl AppId {
    /// Checks `text`.
    pub fn parse(text: &str) -> Result<Self, InvalidAppId> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=64).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAppId)
        }
    }

    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
