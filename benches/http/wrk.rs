//! The load generator: `wrk`, the cheapest on two cores.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use crate::server::Server;

const SECONDS: &str = "3s";
const CONNECTIONS: &str = "32";

/// What three seconds of load showed.
pub struct Load {
    /// Seconds of the server process for one request.
    pub cpu: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
}

pub fn is_installed() -> bool {
    Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// As fast as 32 connections go, with each of the tokens in turn. All requests must have succeeded.
pub fn load(server: &Server, path: &str, tokens: &[String]) -> Load {
    let before = server.cpu_seconds();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c", CONNECTIONS, "-d", SECONDS, "--latency"]);
    wrk.arg(format!("{}{path}", server.base));
    let script = NamedTempFile::new().expect("a file");
    match tokens {
        [] => {}
        [token] => drop(wrk.args(["-H", &format!("Authorization: Bearer {token}")])),
        tokens => {
            fs::write(&script, in_turn(tokens)).expect("the script is written");
            wrk.arg("-s").arg(script.path());
        }
    }
    let output = wrk.output().expect("wrk runs");
    let spent = server.cpu_seconds() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "refusals under load:\n{text}");
    let line = text.lines().find(|line| line.contains(" requests in ")).unwrap_or_default();
    let count = line.split_whitespace().next().and_then(|count| count.parse::<f64>().ok());
    let latency = |percent| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(percent));
        line.and_then(milliseconds).expect("wrk's latencies")
    };
    Load { cpu: spent / count.expect("wrk's count"), p50: latency("50%"), p99: latency("99%") }
}

/// A program for wrk: each request carries the next token.
fn in_turn(tokens: &[String]) -> String {
    format!(
        "local tokens, turn = {{\"{}\"}}, 0
        request = function()
            turn = turn % #tokens + 1
            return wrk.format(nil, nil, {{[\"Authorization\"] = \"Bearer \" .. tokens[turn]}})
        end",
        tokens.join("\", \"")
    )
}

/// Reads a time as wrk writes it: "12.34us", "1.23ms" or "1.23s".
fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.trim_end_matches(char::is_alphabetic);
    let per_unit = match text.get(digits.len()..)? {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * per_unit)
}
