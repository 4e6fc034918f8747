//! The words: what each notice says, in each language.
//!
//! The built-in ones are under `config/templates/`; a folder of the operator's may replace them
//! and add languages. All are tried with sample data when they are loaded, so that none fails
//! when somebody waits for it.

mod built_in;
mod check;
mod engine;
mod fault;
mod folder;
mod preview;
mod samples;
mod sms;
mod sources;
#[cfg(test)]
mod tests;
mod values;
mod wiped;

use std::collections::BTreeMap;
use std::path::PathBuf;

use minijinja::{Environment, Value};
use zeroize::Zeroizing;

pub use fault::{TemplateFault, TemplateFaults};
pub use preview::Preview;
#[cfg(test)]
pub(super) use samples::samples;

use self::sources::{Part, Sources};
use self::values::Values;
use self::wiped::Wiped;
use super::kind::Kind;
use super::{Medium, Message, Notice};
use crate::domain::Language;

/// What the operator decided about words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRules {
    /// What the product is called.
    pub product_name: String,
    /// The language of people who name none that there is.
    pub default_language: Language,
    /// Templates that replace built-in ones or add languages.
    pub folder: Option<PathBuf>,
}

impl Default for TemplateRules {
    /// The built-in templates as they are.
    fn default() -> Self {
        Self {
            product_name: "BioEntrust".to_owned(),
            default_language: Language::english(),
            folder: None,
        }
    }
}

/// Every template, compiled and tried.
pub struct Templates {
    environment: Environment<'static>,
    languages: Vec<Language>,
    default_language: Language,
    product_name: String,
}

impl Templates {
    /// Reads, compiles and tries all of them. Finds every fault, not only the first.
    pub fn load(rules: &TemplateRules) -> Result<Self, TemplateFaults> {
        let mut faults = TemplateFaults::default();
        let sources = Sources::gather(rules.folder.as_deref(), &mut faults);
        let languages = sources.languages();
        check::default_language(&rules.default_language, &languages, &sources, &mut faults);
        let environment = engine::compile(&sources, &mut faults);
        let templates = Self {
            environment,
            languages,
            default_language: rules.default_language.clone(),
            product_name: rules.product_name.clone(),
        };
        check::every_template(&templates, &sources, &mut faults);
        if faults.is_empty() { Ok(templates) } else { Err(faults) }
    }

    /// The languages that there are words in.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The language of people who name none of these.
    #[must_use]
    pub fn default_language(&self) -> &Language {
        &self.default_language
    }

    /// Every message in every language, with sample data.
    pub fn previews(&self) -> Result<Vec<Preview>, TemplateFault> {
        preview::all(self)
    }

    /// Writes the message of `notice`. What `language` lacks is in the default language.
    ///
    /// Fails where a template does with these values, though it did not with the samples.
    pub(super) fn write(
        &self,
        notice: &Notice,
        language: &Language,
    ) -> Result<Message, TemplateFault> {
        let kind = notice.kind();
        let mut values = values::of(notice, &self.product_name);
        let mut text = self.render(kind, Part::Text, language, &values)?;
        let (mut subject, mut html) = (None, None);
        if kind.medium() == Medium::Email {
            let mut line = self.render(kind, Part::Subject, language, &values)?;
            values.push(("subject", Value::from(line.as_str())));
            let mut page = self.render(kind, Part::Html, language, &values)?;
            subject = Some(std::mem::take(&mut *line));
            html = Some(std::mem::take(&mut *page));
        }
        Ok(Message {
            medium: kind.medium(),
            to: notice.to().to_owned(),
            subject,
            text: std::mem::take(&mut *text),
            html,
            code: notice.code().cloned(),
            link: notice.link().cloned(),
        })
    }

    fn render(
        &self,
        kind: Kind,
        part: Part,
        language: &Language,
        values: &Values,
    ) -> Result<Zeroizing<String>, TemplateFault> {
        let rendered = self.try_render(kind, part, language, values);
        rendered.map_err(|error| TemplateFault::of_rendering(kind.name(), &error))
    }

    fn try_render(
        &self,
        kind: Kind,
        part: Part,
        language: &Language,
        values: &Values,
    ) -> Result<Zeroizing<String>, minijinja::Error> {
        let (name, language) = self.find(kind, part, language);
        let about_language = [
            ("language", Value::from(language.as_str())),
            ("direction", Value::from(language.direction())),
        ];
        let values: BTreeMap<_, _> = values.iter().cloned().chain(about_language).collect();
        let mut output = Wiped::default();
        self.environment
            .get_template(&name)?
            .render_captured_to(Value::from(values), &mut output)?;
        Ok(output.into_text(part, kind.medium()))
    }

    /// The template's name, and the language it is in.
    fn find<'l>(
        &'l self,
        kind: Kind,
        part: Part,
        language: &'l Language,
    ) -> (String, &'l Language) {
        let name = sources::name(language, kind, part);
        if self.environment.get_template(&name).is_ok() {
            (name, language)
        } else {
            (sources::name(&self.default_language, kind, part), &self.default_language)
        }
    }
}

#[cfg(test)]
impl Templates {
    /// The built-in ones, loaded once for all tests.
    pub(in crate::notification_dispatch) fn of_tests() -> std::sync::Arc<Self> {
        use std::sync::{Arc, LazyLock};
        static BUILT_IN: LazyLock<Arc<Templates>> =
            LazyLock::new(|| Arc::new(Templates::load(&TemplateRules::default()).unwrap()));
        Arc::clone(&BUILT_IN)
    }
}
