//! The composition root: starts the actors, builds the servers, owns shutdown.

pub(crate) mod actor_settings;
mod clock_watch;
mod edges;
mod listening;
pub(crate) mod peppers;
mod run;
mod sms_warnings;
mod tokens;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_cors::Cors;
use actix_web::App as Routes;
use actix_web::dev::Server;
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{Data, QueryConfig};
use actors::notification_dispatch::Templates;
use actors::runtime::{RestartBudget, Supervision};
use anyhow::Context;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use edges::Edges;
use run::Shutdown;
pub use run::{Ended, Running};

use crate::admin_guard::guard;
use crate::events::{Act, Event, Outcome};
use crate::finish::finish;
use crate::listener::serve;
use crate::problem::Problem;
use crate::routes;
use crate::settings::Settings;
use crate::state::{App, Policy};
use crate::telemetry::{Exposition, Watch};

/// Starts everything: when this returns, the server answers.
///
/// Must be called inside an actix system, whose thread becomes the actors' own.
pub async fn start(settings: &Settings, edges: Edges) -> anyhow::Result<Running> {
    // First: what is registered earlier is never seen.
    let exposition = settings.server.admin_listen.map(|_| Exposition::start()).transpose()?;
    let fatal = CancellationToken::new();
    let supervision = Supervision { budget: RestartBudget::default(), fatal: fatal.clone() };
    let templates = Arc::new(Templates::load(&settings.notices.template_rules())?);
    let peppers = peppers::load(&settings.password.pepper_files)?;
    let keys = tokens::keys(settings)?;
    let actor_settings = actor_settings::of(settings, &keys, peppers, Arc::clone(&templates))?;
    let Edges { clock, random } = edges;
    let actors = actors::start(actor_settings, supervision, clock.clone(), random.clone()).await?;
    let tokens = tokens::service(settings, keys, random.clone())?;
    // Ends with the actors' thread.
    drop(actix_web::rt::spawn(clock_watch::watch(clock.clone())));
    let policy = Policy::of(settings, templates);
    let app = Data::new(App::new(actors, tokens, policy, clock, random));

    let (server, address) = api_server(settings, app.clone())?;
    let (mut servers, mut admin_address) = (vec![server], None);
    if let (Some(wanted), Some(exposition)) = (settings.server.admin_listen, exposition) {
        exposition.look_after();
        let (server, address) = admin_server(settings, app.clone(), exposition, wanted)?;
        admin_address = Some(address);
        servers.push(server);
    }
    announce(settings, address, admin_address)?;
    Act::from(Event::ServerStart).note_own(Outcome::Success, &app).await;
    sms_warnings::log(&settings.sms, app.now());
    Ok(Running::new(address, admin_address, app, servers, fatal, Shutdown::of(&settings.server)))
}

fn api_server(settings: &Settings, app: Data<App>) -> anyhow::Result<(Server, SocketAddr)> {
    let wanted = settings.server.listen;
    let origins = settings.server.cors_origins.clone();
    let dev_mode = app.is_dev_mode();
    let watched = settings.clone();
    let stopping = app.clone();
    let routes = move || {
        let watch = Watch::of(&watched);
        let routes = Routes::new()
            .app_data(app.clone())
            // The check of every authenticated request never leaves its thread.
            .app_data(app.actors().start_reader())
            .app_data(malformed_query())
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .wrap(from_fn(move |request, next| finish(dev_mode, watch.clone(), request, next)));
        // In this order they are tried.
        let routes = routes.configure(routes::public);
        if dev_mode { routes.configure(routes::development) } else { routes }
    };
    serve(listening::api(settings), move || stopping.is_stopping(), routes)
        .with_context(|| format!("server.listen: cannot listen on {wanted}"))
}

/// Health for orchestrators that must not reach the API's port, and what operators ask.
fn admin_server(
    settings: &Settings,
    app: Data<App>,
    exposition: Exposition,
    wanted: SocketAddr,
) -> anyhow::Result<(Server, SocketAddr)> {
    let exposition = Data::new(exposition);
    let dev_mode = app.is_dev_mode();
    let stopping = app.clone();
    let routes = move || {
        let routes = Routes::new()
            .app_data(app.clone())
            .app_data(exposition.clone())
            .app_data(malformed_query())
            .wrap(from_fn(guard))
            .wrap(from_fn(move |request, next| finish(dev_mode, Watch::default(), request, next)));
        routes.configure(routes::admin)
    };
    serve(listening::admin(wanted, settings), move || stopping.is_stopping(), routes)
        .with_context(|| format!("server.admin_listen: cannot listen on {wanted}"))
}

fn malformed_query() -> QueryConfig {
    QueryConfig::default().error_handler(|_, _| Problem::MalformedQuery.into())
}

/// Exact origins only, never reflected, never with credentials (S-74).
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "DELETE"])
        .allowed_headers(["authorization", "content-type", "accept", "x-request-id"])
        .expose_headers(["x-request-id", "x-error-code", "retry-after"])
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// Tells where the server listens: in the log, and in `server.port_file`.
fn announce(
    settings: &Settings,
    address: SocketAddr,
    admin: Option<SocketAddr>,
) -> anyhow::Result<()> {
    if let Some(file) = &settings.server.port_file {
        std::fs::write(file, address.to_string())
            .with_context(|| format!("server.port_file: cannot write {}", file.display()))?;
    }
    let admin = admin.map(|address| address.to_string());
    info!(%address, admin, version = env!("CARGO_PKG_VERSION"), "listening");
    if settings.uses_inbox() {
        warn!(
            "DEVELOPMENT MODE: what is not sent is shown at /dev/inbox, with its codes and links"
        );
    }
    Ok(())
}
