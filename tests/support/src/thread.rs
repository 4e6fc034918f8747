//! The real server, in a thread of the test, with a clock that the test moves.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actors::Actors;
use actors::runtime::{ManualClock, OsRandom};
use bioentrust_auth::app::{self, Edges, Ended};
use bioentrust_auth::settings::Settings;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Client, TEST_SETTINGS};

/// A server whose clock stands still until [`ServerThread::advance`]. Dropping it stops it in
/// order, and fails the test if that is not possible.
pub struct ServerThread {
    client: Client,
    admin_address: SocketAddr,
    actors: Actors,
    clock: ManualClock,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Ended>>,
    _folder: TempDir,
}

impl ServerThread {
    /// A server with the test settings.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further environment settings; later ones win.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("data");
        let environment = TEST_SETTINGS.iter().chain(settings);
        let environment =
            environment.map(|(key, value)| (OsString::from(key), OsString::from(value)));
        let path = (OsString::from("BIOENTRUST_STORAGE__PATH"), path.into_os_string());
        let settings = Settings::load(None, environment.chain([path])).unwrap();
        let clock = ManualClock::default();
        let edges = Edges { clock: Arc::new(clock.clone()), random: Arc::new(OsRandom) };
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::start(&settings, edges).await.unwrap();
                let actors = server.actors().clone();
                tell.send((server.address(), server.admin_address(), actors)).unwrap();
                server.until(async { drop(stopped.await) }).await
            })
        });
        let (address, admin, actors) = address.recv().unwrap();
        let client = Client::new(format!("http://{address}"));
        let admin_address = admin.expect("the test settings have an admin listener");
        Self {
            client,
            admin_address,
            actors,
            clock,
            stop: Some(stop),
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// A client of this server.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Where the admin listener listens.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// The server's actors, for what has no endpoint.
    pub fn actors(&self) -> &Actors {
        &self.actors
    }

    /// Moves the server's wall clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            assert_eq!(ended.unwrap(), Ended::InOrder);
        }
    }
}
