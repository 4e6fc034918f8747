//! The template engine, set up so that a template can do little harm.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};
use secrecy::ExposeSecret;

use super::fault::{TemplateFault, TemplateFaults};
use super::sources::Sources;
use super::values::Secret;

/// Compiles what can be compiled; the rest is among the faults.
pub(super) fn compile(sources: &Sources, faults: &mut TemplateFaults) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_value);
    // Lines that hold nothing but a tag leave nothing behind.
    match SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        Ok(syntax) => environment.set_syntax(syntax),
        Err(error) => faults.add(TemplateFault::new("(engine)", None, error)),
    }
    for (name, source) in sources.iter() {
        let added = environment.add_template_owned(name.to_owned(), source.text.clone());
        if let Err(error) = added {
            let message = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
            faults.add(TemplateFault::new(&source.file, error.line().or(Some(1)), message));
        }
    }
    environment
}

/// Writes what `{{ … }}` yields: escaped in HTML, as it is in text.
fn write_value(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let escape = matches!(state.auto_escape(), AutoEscape::Html);
    if let Some(secret) = value.downcast_object_ref::<Secret>() {
        write_text(output, secret.0.expose_secret(), escape)
    } else if let Some(text) = value.as_str() {
        write_text(output, text, escape && !value.is_safe())
    } else {
        minijinja::escape_formatter(output, state, value)
    }
}

/// The five characters that end a text or an attribute. Not `/`, as the engine has it: links
/// stay readable.
fn write_text(output: &mut Output, text: &str, escape: bool) -> Result<(), Error> {
    if !escape {
        output.write_str(text)?;
        return Ok(());
    }
    for piece in text.split_inclusive(['&', '<', '>', '"', '\'']) {
        let (plain, special) = match piece.char_indices().next_back() {
            Some((at, '&')) => (piece.get(..at), "&amp;"),
            Some((at, '<')) => (piece.get(..at), "&lt;"),
            Some((at, '>')) => (piece.get(..at), "&gt;"),
            Some((at, '"')) => (piece.get(..at), "&quot;"),
            Some((at, '\'')) => (piece.get(..at), "&#39;"),
            _ => (Some(piece), ""),
        };
        output.write_str(plain.unwrap_or_default())?;
        output.write_str(special)?;
    }
    Ok(())
}
