//! Templates as they are built in, as operators replace them, and as strangers abuse them.

mod built_in;
mod folder;
mod names;

use super::samples::samples;
use super::*;
use crate::domain::{EmailAddress, PersonName};

fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap()
}

/// The ordinary sample of `kind`, written.
fn written(templates: &Templates, kind: Kind, tag: &str) -> Message {
    templates.write(&samples(kind)[0], &language(tag)).unwrap()
}

fn password_changed(first_name: &str) -> Notice {
    let to = EmailAddress::parse("Ada.L@Example.com").unwrap();
    Notice::PasswordChanged { to, first_name: PersonName::parse(first_name).unwrap() }
}
