//! The load generator: `wrk`, the cheapest on two cores.

use std::process::{Command, Stdio};

use crate::server::Server;

const SECONDS: &str = "3s";
const CONNECTIONS: &str = "32";

pub fn is_installed() -> bool {
    Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// CPU seconds of the server process for one request, over three seconds of load.
pub fn cpu_per_request(server: &Server, path: &str, bearer: Option<&str>) -> f64 {
    let before = server.cpu_seconds();
    let requests = load(server, path, bearer);
    (server.cpu_seconds() - before) / requests
}

/// Requests answered; all must have succeeded.
fn load(server: &Server, path: &str, bearer: Option<&str>) -> f64 {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c", CONNECTIONS, "-d", SECONDS]).arg(format!("{}{path}", server.base));
    if let Some(token) = bearer {
        wrk.args(["-H", &format!("Authorization: Bearer {token}")]);
    }
    let output = wrk.output().expect("wrk runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "refusals under load:\n{text}");
    let line = text.lines().find(|line| line.contains(" requests in ")).unwrap_or_default();
    let count = line.split_whitespace().next().and_then(|count| count.parse().ok());
    count.expect("wrk's count")
}
