//! How a [`Problem`] is dressed.
//!
//! Three dresses carry the same facts: the seed's `{"error": …}`, the seed's
//! `{"status":"error","message": …}`, and RFC 9457 for clients that ask for it.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Description, Problem};

/// `X-Error-Code`: the stable name of a refusal.
pub const X_ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");
const PROBLEM_JSON: &str = "application/problem+json";
const JSON: &str = "application/json; charset=utf-8";

/// The shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// `{"error": …}`: the seed's shape nearly everywhere.
    Error,
    /// `{"status":"error","message": …}`: the seed's shape on home, protected and bearer checks.
    Status,
    /// RFC 9457, when `Accept` names `application/problem+json`.
    Rfc9457,
}

impl Dress {
    /// The dress that the contract gives this refusal on this path.
    #[must_use]
    pub fn choose(problem: &Problem, path: &str, request: &HeaderMap) -> Self {
        let asks = |accept: &HeaderValue| accept.to_str().is_ok_and(|a| a.contains(PROBLEM_JSON));
        if request.get_all(header::ACCEPT).any(asks) {
            Self::Rfc9457
        } else if matches!(problem, Problem::Unauthorized { .. })
            || matches!(path, "/user/home" | "/user/protected")
        {
            Self::Status
        } else {
            Self::Error
        }
    }
}

/// The seed's refusal.
#[derive(Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct ErrorBody<'a> {
    /// One sentence for a person.
    error: &'a str,
}

/// The seed's refusal on home and protected, and of bearer tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusRefusal)]
pub(crate) struct StatusBody<'a> {
    /// `error`.
    status: &'static str,
    /// One sentence for a person.
    message: &'a str,
}

/// A refusal under RFC 9457.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Rfc9457Body<'a> {
    /// `about:blank`: `code` tells more.
    r#type: &'static str,
    /// What the status means.
    title: &'static str,
    /// The status.
    status: u16,
    /// One sentence for a person.
    detail: &'a str,
    /// As in `X-Error-Code`.
    code: &'static str,
    /// As in `X-Request-Id`.
    instance: &'a str,
}

/// Builds the whole answer; `request_id` appears in the body only under RFC 9457.
#[must_use]
pub fn render(problem: &Problem, dress: Dress, request_id: &str) -> HttpResponse {
    let Description { status, code, sentence, .. } = problem.describe();
    let mut response = HttpResponse::build(status);
    response.insert_header((X_ERROR_CODE, HeaderValue::from_static(code)));
    if let Some(wait) = problem.retry_after() {
        // Rounded up: a client that waits as told must not be refused again.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.insert_header((header::RETRY_AFTER, seconds.max(1)));
    }
    if let Problem::Unauthorized { token_presented } = problem {
        let challenge = if *token_presented { r#"Bearer error="invalid_token""# } else { "Bearer" };
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    match dress {
        Dress::Error => json(&mut response, JSON, &ErrorBody { error: &sentence }),
        Dress::Status => {
            json(&mut response, JSON, &StatusBody { status: "error", message: &sentence })
        }
        Dress::Rfc9457 => {
            let body = Rfc9457Body {
                r#type: "about:blank",
                title: status.canonical_reason().unwrap_or("Error"),
                status: status.as_u16(),
                detail: &sentence,
                code,
                instance: request_id,
            };
            json(&mut response, PROBLEM_JSON, &body)
        }
    }
}

fn json<T: Serialize>(response: &mut HttpResponseBuilder, media: &str, body: &T) -> HttpResponse {
    // These bodies are strings and numbers: serialising them cannot fail.
    response.content_type(media).body(serde_json::to_vec(body).unwrap_or_default())
}

impl ResponseError for Problem {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.describe().status
    }

    /// A plain rendering that carries the problem along: the outermost middleware, which knows
    /// the request, dresses it.
    fn error_response(&self) -> HttpResponse {
        let mut response = render(self, Dress::Error, "");
        response.extensions_mut().insert(self.clone());
        response
    }
}
