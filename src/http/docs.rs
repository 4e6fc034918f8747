//! `GET /openapi.json` and `GET /docs`: the API for machines and for people.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
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
pub async fn docs() -> Result<HttpResponse, Problem> {
    let page = String::from_utf8(bundled("index.html")?.1).map_err(|_| Problem::Internal)?;
    // The bundle refers to its files by relative paths, and this page has no trailing slash.
    let page = page.replacen("<head>", "<head>\n    <base href=\"docs/\">", 1);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, CSP))
        .content_type("text/html; charset=utf-8")
        .body(page))
}

/// The scripts and styles of that page.
pub async fn docs_asset(file: Path<String>) -> Result<HttpResponse, Problem> {
    let (content_type, bytes) = bundled(&file)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type(content_type)
        .body(bytes))
}

fn bundled(file: &str) -> Result<(String, Vec<u8>), Problem> {
    let config = Arc::new(Config::from("/openapi.json"));
    match utoipa_swagger_ui::serve(file, config) {
        Ok(Some(file)) => Ok((file.content_type, file.bytes.into_owned())),
        Ok(None) => Err(Problem::NotFound),
        Err(_) => Err(Problem::Internal),
    }
}
