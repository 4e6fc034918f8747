//! The section `notices`: the words of mails and text messages.

use std::path::PathBuf;

use actors::domain::Language;
use actors::notification_dispatch::TemplateRules;
use serde::{Deserialize, Serialize};

use super::{Problems, encoding};

/// Room for it in a subject line and in a text message.
const LONGEST_PRODUCT_NAME: usize = 50;

/// The section `notices`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "config/default.toml documents each key, and a test checks it")]
pub struct NoticeSettings {
    pub product_name: String,
    pub default_language: Language,
    #[serde(with = "encoding::optional")]
    pub templates: Option<PathBuf>,
}

impl NoticeSettings {
    /// The templates are not read here: that is for those who use them.
    pub(super) fn check(&self, problems: &mut Problems) {
        let name = &self.product_name;
        problems.require(
            (1..=LONGEST_PRODUCT_NAME).contains(&name.chars().count()),
            "notices.product_name",
            format_args!("must have 1 to {LONGEST_PRODUCT_NAME} characters"),
        );
        problems.require(
            name.trim() == name && !name.chars().any(char::is_control),
            "notices.product_name",
            "must be one line without space around it",
        );
    }

    /// What the notification dispatch is told.
    #[must_use]
    pub fn template_rules(&self) -> TemplateRules {
        TemplateRules {
            product_name: self.product_name.clone(),
            default_language: self.default_language.clone(),
            folder: self.templates.clone(),
        }
    }
}
