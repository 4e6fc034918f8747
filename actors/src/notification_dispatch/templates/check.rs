//! Whether every template can be used for every notice of its kind.

mod lines;
mod parts;

use std::collections::BTreeSet;

use minijinja::Value;

use self::lines::line_of;
use super::super::Notice;
use super::super::kind::Kind;
use super::fault::{TemplateFault, TemplateFaults};
use super::samples::samples;
use super::sources::{self, LAYOUT, Part, Source, Sources};
use super::{Templates, values};
use crate::domain::Language;

/// Variables that every template has, whatever the notice.
const EVERYWHERE: [&str; 2] = ["language", "direction"];

/// Names that the engine gives a meaning.
const OF_THE_ENGINE: [&str; 4] = ["super", "self", "loop", "caller"];

/// The default language must be complete: it stands in for what others lack.
pub(super) fn default_language(
    default: &Language,
    languages: &[Language],
    sources: &Sources,
    faults: &mut TemplateFaults,
) {
    if !languages.contains(default) {
        let known: Vec<_> = languages.iter().map(Language::as_str).collect();
        let message =
            format!("there are no templates in \"{default}\", only in {}", known.join(", "));
        faults.add(TemplateFault::new("notices.default_language", None, message));
        return;
    }
    for (kind, part) in every_part() {
        let name = sources::name(default, kind, part);
        if sources.get(&name).is_none() {
            let message = "is missing in the default language";
            faults.add(TemplateFault::new(name, None, message));
        }
    }
}

/// Renders everything in every language with sample data.
pub(super) fn every_template(
    templates: &Templates,
    sources: &Sources,
    faults: &mut TemplateFaults,
) {
    let samples: Vec<_> = Kind::ALL.into_iter().flat_map(samples).collect();
    let broken = broken(templates, sources, &samples, faults);
    let check = Check { templates, sources, broken };
    for language in &templates.languages {
        for notice in &samples {
            check.message(notice, language, faults);
        }
    }
}

fn every_part() -> impl Iterator<Item = (Kind, Part)> {
    let parts = |kind: Kind| Part::of(kind.medium()).iter().map(move |part| (kind, *part));
    Kind::ALL.into_iter().flat_map(parts)
}

/// The names of templates that do not compile or name unknown variables. The latter are found
/// without rendering: a variable may hide in a branch that no sample takes.
fn broken<'s>(
    templates: &Templates,
    sources: &'s Sources,
    samples: &[Notice],
    faults: &mut TemplateFaults,
) -> BTreeSet<&'s str> {
    let mut broken = BTreeSet::new();
    for (name, source) in sources.iter() {
        let Ok(template) = templates.environment.get_template(name) else {
            broken.insert(name);
            continue;
        };
        let variables = variables(name, samples);
        let functions = templates.environment.globals().map(|(name, _)| name);
        let known: BTreeSet<_> =
            variables.iter().copied().chain(functions).chain(OF_THE_ENGINE).collect();
        for unknown in template.undeclared_variables(false) {
            if !known.contains(unknown.as_str()) {
                broken.insert(name);
                let variables = variables.join(", ");
                let message = format!("there is no variable {unknown} here, only {variables}");
                let line = line_of(&source.text, &unknown);
                faults.add(TemplateFault::new(&source.file, Some(line), message));
            }
        }
    }
    broken
}

/// The variables that the template `name` may use; for the layout, those of any notice.
fn variables(name: &str, samples: &[Notice]) -> Vec<&'static str> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let (stem, extension) = file.split_once('.').unwrap_or((file, ""));
    let own = |notice: &&Notice| name == LAYOUT || stem == notice.kind().name();
    let values = samples.iter().filter(own).flat_map(|notice| values::of(notice, ""));
    let mut known: BTreeSet<_> = values.map(|(name, _)| name).chain(EVERYWHERE).collect();
    if extension == "html" {
        known.insert("subject");
    }
    known.into_iter().collect()
}

struct Check<'c> {
    templates: &'c Templates,
    sources: &'c Sources,
    broken: BTreeSet<&'c str>,
}

impl Check<'_> {
    fn message(&self, notice: &Notice, language: &Language, faults: &mut TemplateFaults) {
        let kind = notice.kind();
        let mut values = values::of(notice, &self.templates.product_name);
        values.push(("subject", Value::from("subject")));
        for part in Part::of(kind.medium()) {
            let (name, _) = self.templates.find(kind, *part, language);
            let needs_layout = *part == Part::Html && self.broken.contains(LAYOUT);
            let Some(source) = self.sources.get(&name) else { continue };
            if needs_layout || self.broken.contains(name.as_str()) {
                continue;
            }
            match self.templates.try_render(kind, *part, language, &values) {
                Ok(text) => parts::check(notice, *part, &text, source, faults),
                Err(error) => faults.add(self.mended_in(&error, source)),
            }
        }
    }

    /// The engine's error with the file that it is about.
    fn mended_in(&self, error: &minijinja::Error, source: &Source) -> TemplateFault {
        let named = error.name().and_then(|name| self.sources.get(name));
        let message = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        let file = &named.unwrap_or(source).file;
        TemplateFault::new(file, error.line().or(Some(1)), message)
    }
}
