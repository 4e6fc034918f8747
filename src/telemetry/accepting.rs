//! Connections that could not be accepted: the process or the machine has no file descriptor left.
//!
//! actix-server waits half a second and tries again, and tells the log alone, each time.

use metrics::counter;
use tokio::time::Instant;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

use crate::sparing::Sparing;

const FAMILY: &str = "bioentrust_accept_errors_total";
/// Whose errors these are.
const TARGET: &str = "actix_server::accept";

/// Counts them, and lets the log have one a minute.
#[derive(Default)]
pub(super) struct AcceptErrors(Sparing);

/// Shows a zero before there are any.
pub(super) fn begin() {
    counter!(FAMILY).increment(0);
}

impl<S> Filter<S> for AcceptErrors {
    /// Asked about each of these, but only once about any other line.
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        if !is_one(metadata) {
            return true;
        }
        counter!(FAMILY).increment(1);
        self.0.is_due(Instant::now())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_one(metadata) { Interest::sometimes() } else { Interest::always() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }
}

fn is_one(metadata: &Metadata<'_>) -> bool {
    *metadata.level() == Level::ERROR && metadata.target() == TARGET
}
