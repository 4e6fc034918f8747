//! `serve`: from the first line of the log to the last.

use std::process::ExitCode;

use actix_web::rt::System;
use tracing::error;

use crate::app::{self, Edges, Ended};
use crate::settings::Settings;
use crate::{open_files, shutdown, telemetry};

/// Threads for what may block on the disk: reads of the store, which take microseconds. More
/// would only wait for the same disk.
const BLOCKING_THREADS: usize = 16;

pub(super) fn serve(settings: &Settings) -> anyhow::Result<ExitCode> {
    let log = telemetry::start(settings)?;
    open_files::raise();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()?;
    let mut runtime = Some(runtime);
    let system = System::with_tokio_rt(|| match runtime.take() {
        Some(runtime) => runtime,
        // actix asks once; it takes no error, so this cannot be answered with one.
        None => std::process::abort(),
    });
    let ended = system.block_on(async {
        let signalled = shutdown::signalled()?;
        match app::start(settings, Edges::real()).await {
            Ok(server) => Ok(server.until(signalled).await),
            Err(cause) => {
                // Actors that were started are begun before they are dropped: actix would begin
                // them while it drops them, when there are no timers any more.
                tokio::task::yield_now().await;
                Err(cause)
            }
        }
    });
    let dropped = log.dropped_lines();
    if dropped > 0 {
        error!(dropped, "log lines were dropped: standard output was full or closed");
    }
    match ended {
        Ok(Ended::InOrder) => Ok(ExitCode::SUCCESS),
        Ok(Ended::InDisorder) => Ok(ExitCode::FAILURE),
        Err(cause) => {
            // In the log too: an operator of a container may see nothing else.
            error!(cause = format!("{cause:#}"), "the server cannot start");
            Err(cause)
        }
    }
}
