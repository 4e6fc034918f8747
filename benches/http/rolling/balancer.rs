//! The load balancer, as compose.yaml runs it.

use std::fs;
use std::process::{Child, Command};

use tempfile::TempDir;

const CONFIGURATION: &str = include_str!("../../../deploy/haproxy/haproxy.cfg");

/// A load balancer process; dropping it kills it.
pub struct Balancer {
    child: Child,
    _folder: TempDir,
}

impl Balancer {
    /// Before servers at these ports; said aloud and left out where there is no `haproxy`.
    pub fn start(port: u16, servers: [u16; 2]) -> Option<Self> {
        let [first, second] = servers;
        let configuration =
            replaced(CONFIGURATION, "bind :8080", &format!("bind 127.0.0.1:{port}"));
        let configuration = replaced(&configuration, "auth1:8080", &format!("127.0.0.1:{first}"));
        let configuration = replaced(&configuration, "auth2:8080", &format!("127.0.0.1:{second}"));
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, configuration).expect("its configuration");
        match Command::new("haproxy").args(["-q", "-db", "-f"]).arg(&file).spawn() {
            Ok(child) => Some(Self { child, _folder: folder }),
            Err(cause) => {
                println!("part `rolling` needs haproxy (Debian: apt-get install haproxy): {cause}");
                None
            }
        }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn replaced(configuration: &str, old: &str, new: &str) -> String {
    assert!(configuration.contains(old), "haproxy.cfg has no {old:?} any more");
    configuration.replace(old, new)
}
