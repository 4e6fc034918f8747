//! The outermost middleware: what every answer has, whatever happened inside.
//!
//! It gives the request its id, turns a panic into a 500, dresses refusals (also actix's own)
//! and sets the headers of contract.md.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use tracing::error;

use crate::problem::{Dress, Problem, render};
use crate::state::App;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_DEV_MODE: HeaderName = HeaderName::from_static("x-dev-mode");

/// What JSON answers allow a browser to do with them: nothing.
const CSP_JSON: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Stands where a request has no id: base64url is always a valid header, so it never shows.
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
        Self(given.cloned().unwrap_or_else(|| {
            let id = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
            HeaderValue::try_from(id).unwrap_or(UNKNOWN)
        }))
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

/// Wraps every route and every refusal.
pub async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    // A handler's panic must cost one answer, not the connection (S-99).
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let response = match outcome {
        Ok(Ok(response)) => response.map_into_boxed_body(),
        Ok(Err(error)) => return Err(error),
        Err(_) => {
            // The panic hook has logged where and why.
            error!(request_id = id.as_str(), "a handler panicked");
            return Err(Panicked(id).into());
        }
    };
    let mut response = dress(response, &id);
    let dev_mode = App::of(response.request()).is_ok_and(|app| app.is_dev_mode());
    set_headers(response.headers_mut(), &id, dev_mode);
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

/// The answer to a request whose handler panicked: the request is gone, its id is not.
#[derive(Debug)]
struct Panicked(RequestId);

impl std::fmt::Display for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a handler panicked")
    }
}

impl actix_web::ResponseError for Panicked {
    fn error_response(&self) -> actix_web::HttpResponse {
        let mut response = render(&Problem::Internal, Dress::Error, self.0.as_str());
        set_headers(response.headers_mut(), &self.0, false);
        response
    }
}
