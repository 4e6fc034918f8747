//! The outermost middleware: what every answer has, whatever happened inside.
//!
//! It gives the request its id, turns a panic into a 500, dresses refusals (also actix's own)
//! and sets the headers of contract.md.

use std::fmt;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use futures_util::FutureExt;
use tracing::{Instrument, error};

use crate::problem::{Dress, Problem, render};
use crate::telemetry::Watch;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_DEV_MODE: HeaderName = HeaderName::from_static("x-dev-mode");

/// What JSON answers allow a browser to do with them: nothing.
const CSP_JSON: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Stands where a request has no id: digits are always a valid header, so it never shows.
const UNKNOWN: HeaderValue = HeaderValue::from_static("unknown");

/// Names one request in answers and logs. Kept as the header it becomes: a clone is a count.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The client's own id if it is harmless (S-81), else a fresh one.
    fn of(headers: &HeaderMap) -> Self {
        let harmless = |id: &&HeaderValue| {
            (8..=64).contains(&id.len())
                && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(b))
        };
        let given = headers.get(X_REQUEST_ID).filter(harmless);
        Self(given.cloned().unwrap_or_else(Self::fresh))
    }

    /// 128 random bits in hexadecimal. Every request pays for it, hence no library that can do
    /// more.
    fn fresh() -> HeaderValue {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
        let digits = rand::random::<[u8; 16]>().map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        HeaderValue::from_bytes(digits.as_flattened()).unwrap_or(UNKNOWN)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self(UNKNOWN)
    }
}

/// Wraps every route and every refusal, and reports them.
pub async fn finish(
    dev_mode: bool,
    watch: Watch,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut watched = watch.begin(&request);
    let id = RequestId::of(request.headers());
    let outcome = finished(dev_mode, &id, request, next).instrument(watched.span()).await;
    watched.end(&id, &outcome);
    outcome
}

async fn finished(
    dev_mode: bool,
    id: &RequestId,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(id.clone());
    // A handler's panic must cost one answer, not the connection (S-99).
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let response = match outcome {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        // Handlers answer their refusals; what comes as an error is from the CORS check.
        Ok(Err(error)) => return Err(bare(error, &Problem::CrossOriginRefused, id, dev_mode)),
        Err(_) => {
            // The panic hook has logged where and why.
            error!(request_id = id.as_str(), "a handler panicked");
            return Err(bare("a handler panicked", &Problem::Internal, id, dev_mode));
        }
    };
    let mut response = dress(response, id);
    set_headers(response.headers_mut(), id, dev_mode);
    Ok(response)
}

/// Replaces the body of a refusal by the one that the contract gives it on this path.
fn dress(response: ServiceResponse, id: &RequestId) -> ServiceResponse {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let refusal = response.response().extensions().get::<Problem>().cloned();
    let problem = match refusal {
        Some(problem) => problem,
        None if status == StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        // Handlers carry a problem with each refusal; this one is the CORS check's.
        None if status == StatusCode::BAD_REQUEST => Problem::CrossOriginRefused,
        None => return response,
    };
    let dressed = |request: &HttpRequest| {
        render(&problem, Dress::choose(&problem, request.path(), request.headers()), id.as_str())
    };
    let (request, plain) = response.into_parts();
    let mut answer = dressed(&request);
    if let Some(allow) = plain.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    ServiceResponse::new(request, answer)
}

fn set_headers(headers: &mut HeaderMap, id: &RequestId, dev_mode: bool) {
    headers.insert(X_REQUEST_ID, id.0.clone());
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, CSP_JSON);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if dev_mode {
        headers.insert(X_DEV_MODE, HeaderValue::from_static("1")); // S-86
    }
}

/// An answer where the request is gone and only its id is left.
fn bare(
    cause: impl fmt::Debug + fmt::Display + 'static,
    problem: &Problem,
    id: &RequestId,
    dev_mode: bool,
) -> Error {
    let mut response = render(problem, Dress::Error, id.as_str());
    set_headers(response.headers_mut(), id, dev_mode);
    InternalError::from_response(cause, response).into()
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    use super::*;

    #[actix_web::test]
    async fn s_99_a_panic_costs_one_answer_which_is_json_with_all_headers() {
        async fn panics() -> HttpResponse {
            panic!("told to panic")
        }
        let routes = App::new()
            .wrap(from_fn(|request, next| finish(false, Watch::default(), request, next)))
            .route("/panics", web::get().to(panics))
            .route("/works", web::get().to(HttpResponse::Ok));
        let server = test::init_service(routes).await;
        let request = test::TestRequest::get().uri("/panics").to_request();
        let error = test::try_call_service(&server, request).await.err().unwrap();
        let answer = error.error_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers().get("x-error-code").unwrap(), "internal");
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        assert!(answer.headers().contains_key("x-request-id"));
        let request = test::TestRequest::get().uri("/works").to_request();
        assert!(test::call_service(&server, request).await.status().is_success());
    }
}
