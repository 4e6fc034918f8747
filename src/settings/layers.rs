//! Merges the layers: built-in defaults, a file, the environment.
//!
//! The defaults are also the schema: a key that they lack is unknown, and their value tells how
//! the text of an environment variable is read. Nothing is guessed from the text itself, so
//! "007123" stays a text where the default is a text.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::{Problems, Settings};

pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");

pub(super) const PREFIX: &str = "BIOENTRUST_";
/// Names the file; it is no setting.
pub(super) const FILE_VARIABLE: &str = "BIOENTRUST_CONFIG";

/// A value that is to replace a default.
struct Override {
    /// From the outermost section to the key.
    path: Vec<String>,
    value: Value,
    /// "in FILE" or "in the variable NAME".
    origin: String,
}

pub(super) fn read(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, Problems> {
    let mut problems = Problems::default();
    let mut variables = own_variables(environment, &mut problems);
    let named = variables.remove(FILE_VARIABLE).filter(|name| !name.is_empty());
    let file = file.or(named.as_deref().map(Path::new));

    let mut overrides = file.map_or_else(Vec::new, |file| from_file(file, &mut problems));
    overrides.extend(from_environment(variables, &mut problems));

    let defaults = parse(DEFAULTS).map_err(|message| single("config/default.toml", message))?;
    let mut merged = defaults.clone();
    for one in overrides {
        let key = one.path.join(".");
        match accept(&defaults, &one) {
            Ok(value) => put(&mut merged, &one.path, value),
            Err(message) => problems.add(key, format_args!("{message} ({})", one.origin)),
        }
    }
    problems.into_result()?;
    Settings::deserialize(merged).map_err(|error| single("settings", error.message()))
}

fn single(subject: &str, message: impl std::fmt::Display) -> Problems {
    let mut problems = Problems::default();
    problems.add(subject, message);
    problems
}

/// The variables that are ours, by name.
fn own_variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let mut own = BTreeMap::new();
    for (name, value) in environment {
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        match value.into_string() {
            Ok(value) => _ = own.insert(name, value),
            Err(_) => problems.add(name, "is not UTF-8"),
        }
    }
    own
}

fn from_environment(variables: BTreeMap<String, String>, problems: &mut Problems) -> Vec<Override> {
    let mut seen = BTreeMap::new();
    let mut overrides = Vec::new();
    for (name, text) in variables {
        let key = name.strip_prefix(PREFIX).unwrap_or(&name).to_ascii_lowercase();
        if let Some(other) = seen.insert(key.clone(), name.clone()) {
            problems.add(name, format_args!("sets the same key as {other}"));
            continue;
        }
        overrides.push(Override {
            path: key.split("__").map(str::to_owned).collect(),
            value: Value::String(text),
            origin: format!("in the variable {name}"),
        });
    }
    overrides
}

fn from_file(file: &Path, problems: &mut Problems) -> Vec<Override> {
    let name = file.display().to_string();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            problems.add(name, format_args!("cannot be read: {error}"));
            return Vec::new();
        }
    };
    match parse(&text) {
        Ok(table) => leaves(table)
            .into_iter()
            .map(|(path, value)| Override { path, value, origin: format!("in {name}") })
            .collect(),
        Err(message) => {
            problems.add(name, message);
            Vec::new()
        }
    }
}

/// Parses TOML. The message names the line but does not quote it: it may hold a secret.
fn parse(text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        format!("line {line}: {}", error.message())
    })
}

/// Every value with its path. An empty section is a leaf too, so that a misspelt one is noticed.
pub(super) fn leaves(table: Table) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) if !inner.is_empty() => {
                for (mut path, value) in leaves(inner) {
                    path.insert(0, key.clone());
                    found.push((path, value));
                }
            }
            value => found.push((vec![key], value)),
        }
    }
    found
}

/// The value as the settings want it, or what is wrong with it.
fn accept(defaults: &Table, one: &Override) -> Result<Value, String> {
    let value = conform(one.value.clone(), find(defaults, &one.path)?)?;
    // Tried alone over the defaults, so that each override gets its own verdict.
    let mut trial = defaults.clone();
    put(&mut trial, &one.path, value.clone());
    match Settings::deserialize(trial) {
        Ok(_) => Ok(value),
        Err(error) => Err(error.message().to_owned()),
    }
}

/// The default at `path`.
fn find<'t>(defaults: &'t Table, path: &[String]) -> Result<&'t Value, String> {
    let (Some(last), sections) = (path.last(), path.get(..path.len().saturating_sub(1))) else {
        return Err("unknown key".to_owned());
    };
    let mut table = defaults;
    for section in sections.unwrap_or_default() {
        match table.get(section) {
            Some(Value::Table(inner)) => table = inner,
            _ => return Err(unknown(table)),
        }
    }
    table.get(last).ok_or_else(|| unknown(table))
}

fn unknown(table: &Table) -> String {
    let known: Vec<_> = table.keys().map(String::as_str).collect();
    format!("unknown key, expected one of {}", known.join(", "))
}

/// Gives `value` the kind of `default`: texts are read as what the default is.
fn conform(value: Value, default: &Value) -> Result<Value, String> {
    let expected = match (default, value) {
        (Value::Array(_), Value::Array(items)) => return texts(items).map(Value::Array),
        (Value::Array(_), Value::String(text)) => return Ok(Value::Array(split(&text))),
        (Value::Integer(_), Value::String(text)) => match text.trim().parse() {
            Ok(number) => return Ok(Value::Integer(number)),
            Err(_) => "a whole number",
        },
        (Value::Float(_), Value::Integer(number)) => match i32::try_from(number) {
            Ok(number) => return Ok(Value::Float(number.into())),
            Err(_) => "a number",
        },
        (Value::Float(_), Value::String(text)) => match text.trim().parse() {
            Ok(number) => return Ok(Value::Float(number)),
            Err(_) => "a number",
        },
        (Value::Boolean(_), Value::String(text)) => match text.trim().parse() {
            Ok(boolean) => return Ok(Value::Boolean(boolean)),
            Err(_) => "true or false",
        },
        (default, value) if value.same_type(default) => return Ok(value),
        (Value::Array(_), _) => "a list",
        (Value::Integer(_), _) => "a whole number",
        (Value::Float(_), _) => "a number",
        (Value::Boolean(_), _) => "true or false",
        (Value::Table(_), _) => "a section",
        _ => "a text in quotes",
    };
    Err(format!("must be {expected}"))
}

/// Every list is one of texts; a number in it stands for its digits.
fn texts(items: Vec<Value>) -> Result<Vec<Value>, String> {
    let text = |item| match item {
        Value::String(text) => Ok(Value::String(text)),
        Value::Integer(number) => Ok(Value::String(number.to_string())),
        _ => Err("must be a list of texts".to_owned()),
    };
    items.into_iter().map(text).collect()
}

fn split(text: &str) -> Vec<Value> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| Value::String(item.to_owned())).collect()
}

fn put(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => {}
        [key] => match (table.get_mut(key), value) {
            // An empty section changes nothing.
            (Some(Value::Table(_)), Value::Table(_)) => {}
            (_, value) => _ = table.insert(key.clone(), value),
        },
        [section, rest @ ..] => {
            if let Some(Value::Table(inner)) = table.get_mut(section) {
                put(inner, rest, value);
            }
        }
    }
}
