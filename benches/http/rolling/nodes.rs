//! Two nodes that are restarted one after the other.

use std::net::{Ipv4Addr, TcpListener};

use tempfile::TempDir;

use crate::mongo;
use bench_support::server::{Server, seed};

/// Below those that Linux gives to outgoing connections: a node must get its port back.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Over one database, with one signing key.
pub struct Nodes {
    servers: Vec<Server>,
    ports: [u16; 2],
    uri: String,
    keys: TempDir,
}

impl Nodes {
    /// Both, with so many accounts.
    pub fn start(uri: &str, accounts: u32, ports: [u16; 2]) -> Self {
        let keys = folder();
        seed(&folder(), 0, accounts, &mongo::settings(uri, "rolling"));
        let mut nodes = Self { servers: Vec::new(), ports, uri: uri.to_owned(), keys };
        nodes.servers = ports.map(|port| nodes.node(port)).into();
        nodes
    }

    /// One after the other, as an operator would: the next when this one is ready.
    pub fn restart(&mut self) {
        for port in self.ports {
            self.servers.remove(0).stop();
            let node = self.node(port);
            self.servers.push(node);
        }
    }

    fn node(&self, port: u16) -> Server {
        let (keys, listen) = (self.keys.path().to_string_lossy(), format!("127.0.0.1:{port}"));
        let mut settings = mongo::settings(&self.uri, "rolling");
        settings.extend([
            ("BIOENTRUST_STORAGE__PATH", &*keys),
            ("BIOENTRUST_SERVER__LISTEN", &listen),
            // As in compose.yaml.
            ("BIOENTRUST_SERVER__SHUTDOWN_DELAY", "2s"),
        ]);
        Server::on(folder(), &settings)
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

/// Ports that nobody listens at.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut free = PORTS.filter(is_free);
    [(); COUNT].map(|()| free.next().expect("a free port"))
}
