//! `GET /health/live` and `GET /health/ready`: for load balancers and orchestrators.
//!
//! Neither asks an actor: they look at flags, so that they answer under any overload (S-90).

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;
use crate::state::App;

/// How the server is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `unavailable`.
    status: &'static str,
    /// `ok` or `unavailable` for each component.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<&'static str, &'static str>,
}

const OK: &str = "ok";
const UNAVAILABLE: &str = "unavailable";

/// Answers while the process can answer at all.
#[utoipa::path(
    get, path = "/health/live", tag = "operation",
    responses((status = 200, description = "The process answers", body = Health)),
)]
pub async fn live() -> Reply<Health> {
    Reply(Health { status: OK, components: BTreeMap::new() })
}

/// Whether new work should be sent here.
#[utoipa::path(
    get, path = "/health/ready", tag = "operation",
    responses(
        (status = 200, description = "Send work", body = Health),
        (status = 503, description = "Send no work: starting, stopping, or a component is down", body = Health),
    ),
)]
pub async fn ready(app: Data<App>) -> HttpResponse {
    let mut components: BTreeMap<_, _> = app.actors().health().into_iter().collect();
    components.insert("server", !app.is_stopping());
    let ready = components.values().all(|up| *up);
    let word = |up| if up { OK } else { UNAVAILABLE };
    let components = components.into_iter().map(|(name, up)| (name, word(up))).collect();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(Health { status: word(ready), components })
}
