//! What a worker notes of each request: counts, where there is somebody to read them, and a span,
//! where there is somebody to send it to.

use std::rc::Rc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use tracing::Span;

use super::labels::Labels;
use super::requests::{Measured, RequestMetrics};
use super::spans;
use crate::finish::RequestId;
use crate::settings::Settings;

/// What one HTTP worker notes. Clones share it.
#[derive(Clone, Default)]
pub struct Watch(Option<Rc<Watching>>);

struct Watching {
    labels: Labels,
    metrics: Option<Rc<RequestMetrics>>,
    traces: bool,
    trusts_parents: bool,
}

/// A request under way. Dropped without an end, it counts as aborted.
pub struct Watched {
    metrics: Option<Measured>,
    span: Span,
}

impl Watch {
    /// What the operator wants to see.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let counts = settings.server.admin_listen.is_some();
        let traces = settings.telemetry.otlp_endpoint.is_some();
        if !counts && !traces {
            return Self::default();
        }
        Self(Some(Rc::new(Watching {
            labels: Labels::new(),
            metrics: counts.then(|| Rc::new(RequestMetrics::new())),
            traces,
            trusts_parents: settings.telemetry.trust_traceparent,
        })))
    }

    /// Notes `request` from now on.
    #[must_use]
    pub fn begin(&self, request: &ServiceRequest) -> Watched {
        let Some(this) = &self.0 else { return Watched { metrics: None, span: Span::none() } };
        let place = this.labels.of(request);
        let span = if this.traces {
            spans::of_request(place, this.trusts_parents.then(|| request.headers()))
        } else {
            Span::none()
        };
        Watched { metrics: this.metrics.as_ref().map(|metrics| metrics.begin(place)), span }
    }
}

impl Watched {
    /// What the work on the request is done in.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// The request has its answer.
    pub fn end<B: MessageBody>(
        &mut self,
        id: &RequestId,
        outcome: &Result<ServiceResponse<B>, Error>,
    ) {
        let status: StatusCode = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        if let Some(measured) = &mut self.metrics {
            measured.status = Some(status);
        }
        if !self.span.is_none() {
            spans::answered(&self.span, status, id.as_str());
        }
    }
}
