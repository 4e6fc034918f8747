//! The real server, in a thread of the test, with a clock that the test moves.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
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

use super::deployment::Deployment;
use super::{Client, TEST_SETTINGS};

/// A server whose clock stands still until [`ServerThread::advance`], or several over one store
/// with one clock. Dropping it stops it in order, and fails the test if that is not possible.
pub struct ServerThread {
    client: Client,
    clock: ManualClock,
    nodes: Vec<Node>,
    _folder: TempDir,
}

struct Node {
    actors: Actors,
    address: SocketAddr,
    admin_address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Ended>>,
}

impl ServerThread {
    /// A server with the test settings.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further environment settings; later ones win.
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        let Deployment { nodes, storage } = Deployment::new();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("data");
        let environment = TEST_SETTINGS.iter().chain(settings);
        let environment =
            environment.map(|(key, value)| (OsString::from(key), OsString::from(value)));
        let path = (OsString::from("BIOENTRUST_STORAGE__PATH"), path.into_os_string());
        let environment = storage.into_iter().chain(environment).chain([path]);
        let settings = Settings::load(None, environment).unwrap();
        let clock = ManualClock::default();
        let nodes: Vec<Node> = (0..nodes).map(|_| Node::start(&settings, &clock)).collect();
        let urls = nodes.iter().map(|node| format!("http://{}", node.address)).collect();
        Self { client: Client::of_nodes(urls), clock, nodes, _folder: folder }
    }

    /// A client of this server.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Where the admin listener listens.
    pub fn admin_address(&self) -> SocketAddr {
        self.nodes[0].admin_address
    }

    /// The first node's actors, for what no endpoint does.
    pub fn actors(&self) -> &Actors {
        &self.nodes[0].actors
    }

    /// Moves the server's wall clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl Node {
    fn start(settings: &Settings, clock: &ManualClock) -> Self {
        let settings = settings.clone();
        let edges = Edges { clock: Arc::new(clock.clone()), random: Arc::new(OsRandom) };
        let (stop, stopped) = oneshot::channel();
        let (tell, addresses) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::start(&settings, edges).await.unwrap();
                let actors = server.actors().clone();
                tell.send((server.address(), server.admin_address(), actors)).unwrap();
                server.until(async { drop(stopped.await) }).await
            })
        });
        let (address, admin, actors) = addresses.recv().unwrap();
        let admin_address = admin.expect("the test settings have an admin listener");
        wait_until_ready(address);
        Self { actors, address, admin_address, stop: Some(stop), thread: Some(thread) }
    }
}

/// A server over MongoDB listens before it can work.
fn wait_until_ready(address: SocketAddr) {
    for _ in 0..100_000 {
        if let Ok(mut stream) = TcpStream::connect(address) {
            let request = "GET /health/ready HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            if answer.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    }
    panic!("the server never became ready");
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            drop(node.stop.take());
        }
        for node in &mut self.nodes {
            let ended = node.thread.take().unwrap().join();
            if !std::thread::panicking() {
                assert_eq!(ended.unwrap(), Ended::InOrder);
            }
        }
    }
}
