//! `GET /metrics`: what is counted, for Prometheus. On the admin listener only.

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use metrics::gauge;

use super::health;
use crate::state::App;
use crate::telemetry::Exposition;

/// Prometheus' text format, version 0.0.4.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Shows every series.
pub async fn metrics(app: Data<App>, exposition: Data<Exposition>) -> HttpResponse {
    app.actors().report();
    gauge!("bioentrust_ready").set(u8::from(health::is_ready(&app)));
    HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT)).body(exposition.render())
}
