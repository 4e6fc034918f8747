//! Listening: an HTTP server whose every connection is watched.
//!
//! actix-web's own `HttpServer` limits the first head of a connection and nothing after it: one
//! byte of a second request, or an answer that is not read, would hold a connection for ever.

mod patience;
mod places;
mod watched;

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::{ConnectionType, HttpService, Protocol, Request};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response, Server, Service, ServiceFactory, fn_service};
use actix_web::rt::net::TcpStream;
use tokio::net::TcpSocket;

pub use patience::Patience;
use places::Places;
use watched::Watched;

/// How long the answer to a bad request is kept readable before its connection is closed.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections that the kernel keeps until they are accepted.
const BACKLOG: u32 = 1024;

/// Where to listen, and how.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// What it is for, in metrics and logs.
    pub name: &'static str,
    /// Address and port; port 0 picks one.
    pub on: SocketAddr,
    /// Threads.
    pub workers: usize,
    /// Open connections of each thread.
    pub connections_per_worker: usize,
    /// How long an idle connection is kept (S-87).
    pub keep_alive: Duration,
    /// A first head that takes longer is answered 408 (S-87).
    pub head_timeout: Duration,
    /// What holds for the whole life of a connection.
    pub patience: Patience,
    /// Time of accepted requests after the server was asked to stop.
    pub shutdown_timeout: Duration,
}

/// Serves what `routes` makes for each thread. The address is the one that was chosen.
///
/// While the server `is_leaving`, each answer closes its connection; new ones are taken all the
/// same until it stops. Then a connection ends once there is nothing to read on it, and no
/// request without its answer.
pub fn serve<F, I, S, B>(
    how: Listening,
    is_leaving: impl Fn() -> bool + Send + Clone + 'static,
    routes: F,
) -> io::Result<(Server, SocketAddr)>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let places = Places::new(how.name, how.connections_per_worker * how.workers);
    let listener = bind(how.on)?;
    let address = listener.local_addr()?;
    let builder = Server::build()
        .workers(how.workers)
        .max_concurrent_connections(how.connections_per_worker)
        .shutdown_timeout(how.shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let connections = move || {
        let (stopping, is_leaving, places) =
            (stopping.clone(), is_leaving.clone(), Arc::clone(&places));
        let close = is_leaving.clone();
        let routes = routes()
            .into_factory()
            .map(move |answer| closing(answer.into(), is_leaving()))
            .map_err(move |error| closing(error.into().error_response().into(), close()));
        // What actix-web would guess its own name from: nothing here asks for it (S-59).
        let config = |()| AppConfig::default();
        let http = HttpService::build()
            .keep_alive(how.keep_alive)
            .client_request_timeout(how.head_timeout)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .h1_allow_half_closed(true)
            .local_addr(address)
            .finish(map_config(routes, config));
        fn_service(move |stream: TcpStream| {
            let (stopping, place) = (stopping.clone(), places.take());
            async move {
                // A connection that is gone already fails when it is used.
                let _ = stream.set_nodelay(true);
                let peer = stream.peer_addr().ok();
                let end = Box::pin(async move { stopping.notified().await });
                Ok((Watched::new(stream, place, how.patience, end), Protocol::Http1, peer))
            }
        })
        .and_then(http)
    };
    let server = builder.listen(format!("http-{address}"), listener, connections)?.run();
    Ok((server, address))
}

/// `answer` as the last on its connection, if it is to be that.
fn closing<B>(mut answer: Response<B>, is_last: bool) -> Response<B> {
    if is_last {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    answer
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that a restart need not wait for the connections of the last one to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
