//! `GET /health/live` and `GET /health/ready`: for load balancers and orchestrators.
//!
//! Neither asks an actor: they look at flags, so that they answer under any overload (S-90).

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use actors::Condition;
use serde::Serialize;
use utoipa::ToSchema;

use super::reply::Reply;
use crate::state::App;

/// How the server is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (work is accepted, but something waits for a provider) or `unavailable`.
    status: &'static str,
    /// `ok`, `degraded` or `unavailable` for each component.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<&'static str, &'static str>,
}

const OK: &str = "ok";
const DEGRADED: &str = "degraded";
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
        (status = 200, description = "Send work; `degraded` still takes it", body = Health),
        (status = 503, description = "Send no work: starting, stopping, or a component is down", body = Health),
    ),
)]
pub async fn ready(app: Data<App>) -> HttpResponse {
    let components = conditions(&app);
    let worst = worst(&components);
    let components =
        components.into_iter().map(|(name, condition)| (name, word(condition))).collect();
    let mut response = match worst {
        Condition::Up | Condition::Degraded => HttpResponse::Ok(),
        Condition::Down => HttpResponse::ServiceUnavailable(),
    };
    response.json(Health { status: word(worst), components })
}

/// Whether the answer of [`ready`] is 200.
pub fn is_ready(app: &App) -> bool {
    worst(&conditions(app)) != Condition::Down
}

fn conditions(app: &App) -> BTreeMap<&'static str, Condition> {
    let mut components: BTreeMap<_, _> = app.actors().health().into_iter().collect();
    let server = if app.is_stopping() { Condition::Down } else { Condition::Up };
    components.insert("server", server);
    components
}

fn worst(components: &BTreeMap<&'static str, Condition>) -> Condition {
    components.values().copied().max().unwrap_or(Condition::Up)
}

fn word(condition: Condition) -> &'static str {
    match condition {
        Condition::Up => OK,
        Condition::Degraded => DEGRADED,
        Condition::Down => UNAVAILABLE,
    }
}
