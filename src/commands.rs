//! What each command of the command line does.

mod healthcheck;
mod migrate;
mod preview;
mod seed;
mod serve;
mod store_at;

use std::io::Write;
use std::process::ExitCode;

use actors::notification_dispatch::Templates;
use actors::runtime::{Clock, SystemClock};
use clap::Parser;
use tracing::Level;

use crate::cli::{Cli, Command, ConfigAction, TemplatesAction, ready_url};
use crate::openapi;
use crate::settings::Settings;

/// Does what the command line asks for. Failures go to standard error, for a person.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    execute(&cli).unwrap_or_else(|error| {
        // Where even standard error is closed, the exit code has to do.
        let _ = writeln!(std::io::stderr(), "bioentrust-auth: {error:#}");
        ExitCode::FAILURE
    })
}

fn execute(cli: &Cli) -> anyhow::Result<ExitCode> {
    let settings = || Settings::load(cli.config.as_deref(), std::env::vars_os());
    match cli.requested() {
        Command::Serve => serve::serve(&settings()?),
        Command::Config { action: ConfigAction::Check } => {
            let settings = settings()?;
            settings.check_expiry(SystemClock.now())?;
            Templates::load(&settings.notices.template_rules())?;
            print("the settings are valid\n")
        }
        Command::Config { action: ConfigAction::Show } => print(&settings()?.redacted()?),
        Command::Templates { action: TemplatesAction::Preview { out, templates } } => {
            let mut rules = settings()?.notices.template_rules();
            rules.folder = templates.or(rules.folder);
            let count = preview::write(&rules, &out)?;
            let index = out.join("index.html");
            print(&format!("{count} messages, see {}\n", index.display()))
        }
        Command::Openapi => print(&openapi::json()),
        Command::Migrate { from, to, resume } => {
            print(&migrate::migrate(&settings()?, from, to, resume)?)
        }
        Command::Seed(wanted) => print(&seed::seed(&settings()?, &wanted)?),
        Command::Healthcheck { url } => {
            let url = match url {
                Some(url) => url,
                None => ready_url(settings()?.server.listen),
            };
            healthcheck::ask(&url)?;
            print("ready\n")
        }
    }
}

/// What a command that works on a store logs: failures, for a person.
fn log_warnings() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(Level::WARN)
        .without_time()
        .with_target(false)
        .init();
}

fn print(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
