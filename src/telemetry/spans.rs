//! The span of a request: by which route, how it ended, and the id under which the log knows it.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName};
use actors::runtime::SPANS;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::Empty;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::labels::Place;

/// A span with the names that OpenTelemetry gives HTTP's. It continues the trace that `parent`
/// names; a client may write there what it likes, so only those of a trusted proxy are given.
pub(super) fn of_request(place: Place, parent: Option<&HeaderMap>) -> Span {
    let (method, route) = (place.method(), place.route());
    let span = info_span!(
        target: SPANS,
        parent: None,
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request_id = Empty,
    );
    if let Some(headers) = parent {
        let context = TraceContextPropagator::new().extract(&Headers(headers));
        // Refused only where the span is not recorded anyway.
        let _ = span.set_parent(context);
    }
    span
}

/// The request has its answer.
pub(super) fn answered(span: &Span, status: StatusCode, request_id: &str) {
    span.record("http.response.status_code", status.as_u16());
    span.record("request_id", request_id);
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}
