//! What operators see of the server while it runs: the log here, metrics in `recorder`, traces in
//! `traces`.
//!
//! The log is one line per event on standard output, in JSON or as text. Standard output, because
//! that is what container engines collect; standard error is left to what happens before the log
//! starts. Logging gives way to serving: lines wait in a bounded queue, and when standard output is
//! full or closed they are dropped and counted (S-82).

mod accepting;
mod help;
mod labels;
mod lines;
mod recorder;
mod requests;
mod spans;
#[cfg(test)]
mod tests;
mod traces;
mod utc;
mod watch;

use std::io::{Write, stdout};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use actors::runtime::{Clock, SPANS, SystemClock};
use anyhow::Context;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber, error};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;
use tracing_subscriber::registry::LookupSpan;

pub use self::recorder::Exposition;
pub use self::watch::Watch;

use self::accepting::AcceptErrors;
use self::lines::Lines;
use self::traces::Traces;
use self::utc::UtcMillis;
use crate::settings::{Level, LogSettings, Settings};

/// Lines that may wait for standard output. At about 500 bytes each they take 4 MiB.
const QUEUE: usize = 8192;
/// How long the end of the process waits for the last lines to be written.
const FLUSH: Duration = Duration::from_millis(1500);
/// Libraries log no finer than this: at `trace` some print whole requests, with tokens (S-79).
const LIBRARIES: LevelFilter = LevelFilter::WARN;
/// The crates that the configured level is for.
const OURS: [&str; 2] = ["bioentrust_auth", "actors"];

/// Starts the log of the whole process, panics included, and traces where a collector is named.
/// Keep the guard until the very end.
pub fn start(settings: &Settings) -> anyhow::Result<Guard> {
    let LogSettings { level, .. } = settings.log;
    let is_json = settings.log.is_json(settings.profile);
    let traces = Traces::start(&settings.telemetry)?;
    let (writer, mut guard) = background(stdout(), QUEUE);
    let log = subscriber(level.into(), is_json, SystemClock, writer);
    let started = match &traces {
        None => tracing::subscriber::set_global_default(log),
        Some(traces) => {
            let spans = tracing_opentelemetry::layer()
                .with_tracer(traces.tracer())
                .with_location(false)
                .with_threads(false)
                .with_level(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::INFO));
            tracing::subscriber::set_global_default(log.with(spans))
        }
    };
    started.context("the log is already started")?;
    guard.traces = traces;
    std::panic::set_hook(Box::new(log_panic));
    Ok(guard)
}

/// Writes what is still waiting when dropped, within 1.5 seconds.
pub struct Guard {
    traces: Option<Traces>,
    worker: Option<WorkerGuard>,
    overflowed: ErrorCounter,
    unwritable: Arc<AtomicUsize>,
}

impl Guard {
    /// Lines that never reached standard output, because it was full or closed.
    #[must_use]
    pub fn dropped_lines(&self) -> usize {
        self.overflowed.dropped_lines().saturating_add(self.unwritable.load(Ordering::Relaxed))
    }
}

impl Drop for Guard {
    /// Off this thread: where the queue stays full, `WorkerGuard` says so with `println!`, which
    /// waits forever for the standard output that is stuck.
    fn drop(&mut self) {
        // Before the log ends, which hears how it went.
        drop(self.traces.take());
        let worker = self.worker.take();
        let (done, finished) = mpsc::channel();
        let flush = move || {
            drop(worker);
            // Nobody is waiting any more when it took too long.
            let _ = done.send(());
        };
        if thread::Builder::new().name("log-flush".to_owned()).spawn(flush).is_ok() {
            // Too slow: the last lines are lost, the process still ends.
            let _ = finished.recv_timeout(FLUSH);
        }
    }
}

/// A writer that never blocks its caller, and a thread behind it that writes to `out`.
fn background(out: impl Write + Send + 'static, queue: usize) -> (NonBlocking, Guard) {
    let unwritable = Arc::new(AtomicUsize::new(0));
    let (writer, worker) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(queue)
        .thread_name("log")
        .finish(Lines::new(out, Arc::clone(&unwritable)));
    let overflowed = writer.error_counter();
    (writer, Guard { traces: None, worker: Some(worker), overflowed, unwritable })
}

/// What is logged, and how it looks.
///
/// Without colours: their escape sequences would look like those that an attacker sends, which
/// [`Lines`] makes harmless.
fn subscriber<W>(
    level: LevelFilter,
    json: bool,
    clock: impl Clock,
    writer: W,
) -> impl Subscriber + for<'span> LookupSpan<'span> + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = fmt::layer()
        .with_writer(writer)
        .with_timer(UtcMillis(clock))
        .with_ansi(false)
        // They would go to standard error, which may be closed: `eprintln!` panics then.
        .log_internal_errors(false);
    let layer = if json {
        layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        layer.boxed()
    };
    let wanted = filter_fn(move |event| {
        let limit = if is_ours(event.target()) { level } else { level.min(LIBRARIES) };
        *event.level() <= limit && event.target() != SPANS
    });
    let wanted = wanted.with_max_level_hint(level).and(AcceptErrors::default());
    registry().with(layer.with_filter(wanted))
}

/// Spans of requests, flows and asks; never an event, which may name a client.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == SPANS
}

fn is_ours(target: &str) -> bool {
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    OURS.contains(&name)
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let cause = panic.payload_as_str().unwrap_or("not a text");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    error!(cause, location, "panicked");
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}
