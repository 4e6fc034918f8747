//! Where everything counted in this process ends: one recorder, read at `GET /metrics`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use metrics::gauge;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::time::interval;

use super::{accepting, help};

/// Upper bounds of the histograms' buckets, in seconds: from a check of a token to the longest wait
/// of a client. Each series has as many lines, so there are few.
const BUCKETS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Samples wait in memory until they are put into buckets: 8 bytes each, so 4 MB at 100 000 a second.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The recorder of this process: `metrics` has one, whoever counts.
static RECORDER: Mutex<Option<Exposition>> = Mutex::new(None);

/// What `GET /metrics` shows.
#[derive(Clone)]
pub struct Exposition {
    recorder: PrometheusHandle,
    process: Collector,
}

impl Exposition {
    /// Has everything counted from now on. What was registered before stays unseen, so this comes
    /// first; a second call in a process finds the recorder of the first.
    pub fn start() -> anyhow::Result<Self> {
        // Held while it is installed: two servers may start at once in one process.
        let mut running = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*running {
            return Ok(running.clone());
        }
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
        let started = Self { recorder: recorder.handle(), process: Collector::default() };
        metrics::set_global_recorder(recorder).context("metrics are already recorded")?;
        help::describe();
        accepting::begin();
        started.process.describe();
        gauge!("bioentrust_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
        Ok(running.insert(started).clone())
    }

    /// Keeps its memory bounded, for as long as the current runtime runs.
    pub fn look_after(&self) {
        let recorder = self.recorder.clone();
        actix_web::rt::spawn(async move {
            let mut ticks = interval(UPKEEP_EVERY);
            loop {
                ticks.tick().await;
                let recorder = recorder.clone();
                // Takes milliseconds after a busy time: not on the actors' thread.
                let _ = tokio::task::spawn_blocking(move || recorder.run_upkeep()).await;
            }
        });
    }

    /// All series in Prometheus' text format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.process.collect();
        self.recorder.render()
    }
}
