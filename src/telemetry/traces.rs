//! Spans on their way to a collector: OTLP over HTTP, in batches, from a bounded queue.
//!
//! The SDK's batch processor exports from a thread of its own, which no tokio runtime drives, while
//! the exporter's HTTP client needs one. So there is a second thread with a runtime, and every
//! export is polled inside it. Neither thread is waited for by a request: a full queue drops spans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
    SpanExporter,
};
use tokio::runtime::{Builder, Handle};
use tokio_util::context::TokioContext;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use crate::settings::TelemetrySettings;

const NAME: &str = "bioentrust-auth";
/// Spans that may wait for the collector, some 1 KiB each; more are dropped.
const QUEUE: usize = 4096;
const BATCH: usize = 512;
const EXPORT_EVERY: Duration = Duration::from_secs(2);
/// A collector that takes longer has failed.
const LONGEST_EXPORT: Duration = Duration::from_secs(3);
/// How long the end of the process waits for the last spans.
const FLUSH: Duration = Duration::from_millis(500);

/// The way to the collector. Sends what is still waiting when dropped, within half a second.
pub(super) struct Traces {
    provider: SdkTracerProvider,
    _runtime: DropGuard,
}

impl Traces {
    /// Opens it, without asking the collector; `None`: the operator names none.
    pub(super) fn start(settings: &TelemetrySettings) -> anyhow::Result<Option<Self>> {
        let Some(endpoint) = &settings.otlp_endpoint else { return Ok(None) };
        let (runtime, guard) = runtime().context("the thread of traces cannot be started")?;
        // The HTTP client looks for its runtime already when it is made.
        let entered = runtime.enter();
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(LONGEST_EXPORT)
            .with_headers(settings.headers().collect())
            .build()
            .context("telemetry.otlp_endpoint: traces cannot be exported")?;
        drop(entered);
        let exporter = OnRuntime { exporter, runtime, fails: AtomicBool::new(false) };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(EXPORT_EVERY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(batches).build();
        let ratio = Sampler::TraceIdRatioBased(settings.sample_ratio);
        let resource = Resource::builder_empty()
            .with_service_name(NAME)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(Sampler::ParentBased(Box::new(ratio)))
            .with_resource(resource)
            .build();
        Ok(Some(Self { provider, _runtime: guard }))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer(NAME)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FLUSH) {
            warn!(%error, "the last spans are lost");
        }
    }
}

/// A thread that drives what the exporter does, until the guard goes.
fn runtime() -> std::io::Result<(Handle, DropGuard)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (handle, stop) = (runtime.handle().clone(), CancellationToken::new());
    let stopped = stop.clone();
    let drive = move || runtime.block_on(stopped.cancelled());
    thread::Builder::new().name("otlp".to_owned()).spawn(drive)?;
    Ok((handle, stop.drop_guard()))
}

/// An exporter that is polled inside the runtime that it needs, and whose failures are logged when
/// they begin and when they end.
#[derive(Debug)]
struct OnRuntime<E> {
    exporter: E,
    runtime: Handle,
    fails: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for OnRuntime<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = TokioContext::new(self.exporter.export(batch), self.runtime.clone()).await;
        let fails = result.is_err();
        if self.fails.swap(fails, Ordering::Relaxed) != fails {
            match &result {
                Ok(()) => info!("spans reach the collector again"),
                Err(error) => warn!(%error, "spans do not reach the collector and are dropped"),
            }
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
