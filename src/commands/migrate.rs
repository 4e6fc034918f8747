//! `migrate`: moves everything lasting from one store to the other.

use std::fmt::Write as _;
use std::time::Duration;

use actors::migrate::{MigrateOptions, Progress};
use actors::runtime::{Clock, SystemClock};
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};

use super::store_at::store_at;
use crate::app::actor_settings;
use crate::cli::StoreName;
use crate::settings::Settings;

const STYLE: &str = "{spinner} {msg}: {human_pos} ({per_sec})";
/// Of the spinner, so that a person sees that something happens.
const TURN: Duration = Duration::from_millis(100);

/// Moves it, and says what both stores hold then.
pub(super) fn migrate(
    settings: &Settings,
    from: StoreName,
    to: StoreName,
    resume: bool,
) -> anyhow::Result<String> {
    if from == to {
        bail!("--from and --to must name different stores");
    }
    super::log_warnings();
    let (from, to) = (store_at(&settings.storage, from)?, store_at(&settings.storage, to)?);
    let sessions = actor_settings::session_rules(&settings.tokens);
    let options = MigrateOptions { resume, sessions, now: SystemClock.now() };
    // Shown on a terminal only.
    let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template(STYLE)?);
    bar.enable_steady_tick(TURN);
    let show = |Progress { phase, kind, done }| {
        bar.set_message(format!("{phase} {kind}"));
        bar.set_position(done);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let moved = runtime.block_on(actors::migrate::migrate(&from, &to, options, &show));
    bar.finish_and_clear();
    let report = moved.context("the migration is not complete")?;
    let mut text = "verified: both stores hold the same\n".to_owned();
    for (kind, tally) in report {
        writeln!(text, "{kind:<22} {tally}")?;
    }
    Ok(text)
}
