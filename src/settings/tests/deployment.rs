//! What the image, compose.yaml, the manifests, the scripts and the documents say about settings is
//! what the settings understand.

use std::fs;
use std::path::{Path, PathBuf};

use super::layers::leaf_keys;
use super::*;
use crate::settings::layers::{self, DEFAULTS};

/// Stands for any of them where the environment is explained.
const ANY_VARIABLE: &str = "BIOENTRUST_SECTION__KEY";

/// Everything under `path`, itself if it is a file. Tests run in the folder of the manifest.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

/// Names of our variables in `text`; what only begins like one ("BIOENTRUST_…") is none.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(layers::PREFIX).filter_map(|(start, prefix)| {
        let rest = &text[start..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        (end > prefix.len()).then_some(&rest[..end])
    })
}

#[test]
fn every_variable_that_is_named_anywhere_is_a_setting() {
    let keys = leaf_keys(&DEFAULTS.parse().unwrap());
    let mut known: Vec<_> = keys
        .iter()
        .map(|key| format!("{}{}", layers::PREFIX, key.to_uppercase().replace('.', "__")))
        .collect();
    known.extend([ANY_VARIABLE, layers::FILE_VARIABLE].map(str::to_owned));
    let places = [".ci", "Dockerfile", "README.md", "compose.yaml", "deploy", "docs", "scripts"];
    let mut found = 0;
    for file in places.iter().flat_map(|place| files(Path::new(place))) {
        for name in variables(&text(&file)) {
            assert!(known.iter().any(|known| known == name), "{}: {name}", file.display());
            found += 1;
        }
    }
    assert!(found > 10, "only {found}: they are looked for in the wrong way");
}

/// `NAME: value` or `NAME=value`, one on a line.
fn assignments(file: &str) -> Vec<(OsString, OsString)> {
    let text = text(Path::new(file));
    let lines = text.lines().map(|line| line.trim().trim_start_matches("ENV "));
    let found: Vec<_> = lines
        .filter(|line| line.starts_with(layers::PREFIX))
        .filter_map(|line| line.trim_end_matches('\\').split_once([':', '=']))
        .map(|(name, value)| (name.into(), value.trim().into()))
        .collect();
    assert!(found.len() > 1, "{file}: they are looked for in the wrong way");
    found
}

#[test]
fn the_containers_start_with_what_they_are_given() {
    let (image, compose) = (assignments("Dockerfile"), assignments("compose.yaml"));
    Settings::load(None, image.clone()).unwrap();
    Settings::load(None, [image, compose].concat()).unwrap();
}

#[test]
fn the_settings_of_the_manifests_lack_only_the_secrets() {
    // Layers only: the files of the secrets are not here.
    let file = Path::new("deploy/kubernetes/production.toml");
    let settings = layers::read(Some(file), assignments("Dockerfile")).unwrap();
    // The probes and the collector come from outside the pod: the image must not undo that.
    assert!(settings.server.admin_listen.unwrap().ip().is_unspecified());
    let found = problems(&settings);
    let secrets = ["server.admin_token", "storage.uri", "email.smtp_url", "sms.twilio.auth_token"];
    assert_eq!(found.len(), secrets.len(), "{found:?}");
    for (problem, secret) in found.iter().zip(secrets) {
        assert!(problem.starts_with(&format!("{secret}: ")), "{found:?}");
    }
}
