//! Which templates there are, and who wrote each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::Medium;
use super::super::kind::Kind;
use super::fault::TemplateFaults;
use super::{built_in, folder};
use crate::domain::Language;

/// The frame around the HTML of every notice.
pub(super) const LAYOUT: &str = "layout.html";

/// A part of a message, and the file that holds its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Subject,
    Text,
    Html,
}

impl Part {
    /// The parts that a message of `medium` has.
    pub(super) const fn of(medium: Medium) -> &'static [Self] {
        match medium {
            Medium::Email => &[Self::Subject, Self::Text, Self::Html],
            Medium::Sms => &[Self::Text],
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Subject => "subject.txt",
            Self::Text => "txt",
            Self::Html => "html",
        }
    }
}

/// `fr/sign_up_code.subject.txt`.
pub(super) fn name(language: &Language, kind: Kind, part: Part) -> String {
    format!("{language}/{}.{}", kind.name(), part.extension())
}

/// Whether a file of this name belongs into the folder of a language.
pub(super) fn is_known(file_name: &str) -> bool {
    let known = |kind: &Kind| {
        let rest = file_name.strip_prefix(kind.name()).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| Part::of(kind.medium()).iter().any(|p| p.extension() == rest))
    };
    Kind::ALL.iter().any(known)
}

/// A template as somebody wrote it.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The file to mend when something is wrong with it.
    pub(super) file: String,
    /// Its text; lines end in `\n`.
    pub(super) text: String,
}

/// Every template by its name.
#[derive(Default)]
pub(super) struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// The built-in ones, replaced and supplemented by those in `folder`.
    pub(super) fn gather(folder: Option<&Path>, faults: &mut TemplateFaults) -> Self {
        let built_in = built_in::FILES.iter().map(|(name, text)| {
            let file = format!("(built in) {name}");
            ((*name).to_owned(), Source { file, text: (*text).to_owned() })
        });
        let mut sources: BTreeMap<_, _> = built_in.collect();
        if let Some(folder) = folder {
            sources.extend(folder::read(folder, faults));
        }
        Self(sources)
    }

    /// The languages that have a template of their own.
    pub(super) fn languages(&self) -> Vec<Language> {
        let folders = self.0.keys().filter_map(|name| name.split_once('/'));
        let languages = folders.filter_map(|(folder, _)| Language::parse(folder).ok());
        languages.collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Source> {
        self.0.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.0.iter().map(|(name, source)| (name.as_str(), source))
    }
}
