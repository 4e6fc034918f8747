//! `GET /openapi.json` and `GET /docs`: the API for machines and for people.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::web::Path;
use utoipa_swagger_ui::Config;

use crate::openapi;
use crate::problem::Problem;

/// Swagger UI sets styles from its script; everything else comes from this server.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                   img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// The API document, generated from the handlers.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "This document", body = Object)),
)]
pub async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json; charset=utf-8").body(openapi::json())
}

/// The page that shows the API document.
#[utoipa::path(
    get, path = "/docs", tag = "operation",
    responses((status = 200, description = "A page", content_type = "text/html", body = String)),
)]
pub async fn docs() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type("text/html; charset=utf-8")
        .body(include_str!("docs/page.html"))
}

/// The scripts and styles of that page, compressed as they are in the binary: no browser that can
/// show the page lacks gzip.
pub async fn docs_asset(file: Path<String>) -> Result<HttpResponse, Problem> {
    let config = Arc::new(Config::from("/openapi.json"));
    let file = utoipa_swagger_ui::serve(&file, config).map_err(|_| Problem::Internal)?;
    let file = file.ok_or(Problem::NotFound)?;
    let mut response = HttpResponse::Ok();
    if file.gzpipped {
        response.insert_header(ContentEncoding::Gzip);
    }
    Ok(response
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type(file.content_type)
        .body(file.bytes.into_owned()))
}
