//! From "it answers" to "it has ended".

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actors::Actors;
use futures_util::future::{join_all, select_all};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::events::{Act, Event, Outcome};
use crate::settings::{ServerSettings, Settings};
use crate::state::App;

/// Kept back of the shutdown time for flows whose client has gone.
const FOR_FLOWS: Duration = Duration::from_secs(1);

/// Kept back for closing the store.
const FOR_CLOSING: Duration = Duration::from_millis(500);

/// How long accepted requests may take to finish once shutdown has begun.
pub(super) fn grace(settings: &Settings) -> Duration {
    settings.server.shutdown_timeout.saturating_sub(FOR_FLOWS)
}

/// How long the end may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shutdown {
    /// Taking work all the same, until nobody sends any.
    delay: Duration,
    /// Finishing it.
    timeout: Duration,
}

impl Shutdown {
    pub(super) fn of(settings: &ServerSettings) -> Self {
        Self { delay: settings.shutdown_delay, timeout: settings.shutdown_timeout }
    }
}

/// A server that answers.
pub struct Running {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    app: Data<App>,
    servers: Vec<Server>,
    fatal: CancellationToken,
    shutdown: Shutdown,
}

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was asked to, and everything accepted was finished.
    InOrder,
    /// A part of it could not be kept running, or the time for finishing was over.
    InDisorder,
}

impl Running {
    pub(super) fn new(
        address: SocketAddr,
        admin_address: Option<SocketAddr>,
        app: Data<App>,
        servers: Vec<Server>,
        fatal: CancellationToken,
        shutdown: Shutdown,
    ) -> Self {
        Self { address, admin_address, app, servers, fatal, shutdown }
    }

    /// The actors behind it.
    #[must_use]
    pub fn actors(&self) -> &Actors {
        self.app.actors()
    }

    /// Where the API listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the admin listener listens.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Serves until `stop` resolves, or until a part of the server is beyond repair; then is not
    /// ready, takes work for the shutdown delay all the same, and finishes what was accepted,
    /// within the shutdown time (S-100).
    pub async fn until(self, stop: impl Future<Output = ()>) -> Ended {
        let handles: Vec<ServerHandle> = self.servers.iter().map(Server::handle).collect();
        let serving: Vec<_> = self.servers.into_iter().map(actix_web::rt::spawn).collect();
        let broken = async {
            tokio::select! {
                () = self.fatal.cancelled() => {}
                _ = select_all(serving) => error!("a listener ended on its own"),
            }
        };
        tokio::pin!(broken);
        let wanted = tokio::select! {
            () = stop => true,
            () = &mut broken => false,
        };
        info!("stopping");
        self.app.stop();
        let wanted = wanted && timeout(self.shutdown.delay, broken).await.is_err();
        let finish = async {
            join_all(handles.iter().map(|server| server.stop(true))).await;
            self.app.flows().finished().await;
        };
        let end = Instant::now() + self.shutdown.timeout;
        let in_time = timeout_at(end, finish).await.is_ok();
        if !in_time {
            error!("some requests could not be finished in time");
        }
        let outcome = if wanted && in_time { Outcome::Success } else { Outcome::Failure };
        Act::from(Event::ServerStop).note_own(outcome, &self.app).await;
        // Last, when nothing can be queued any more: what is left of the time is the notices'.
        let left = end.saturating_duration_since(Instant::now()).saturating_sub(FOR_CLOSING);
        self.app.actors().drain(left).await;
        info!("stopped");
        if wanted && in_time { Ended::InOrder } else { Ended::InDisorder }
    }
}
