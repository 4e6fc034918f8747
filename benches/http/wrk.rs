//! The load generator: `wrk`, the cheapest on two cores.

use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};

use tempfile::NamedTempFile;

use crate::call::Call;
use bench_support::server::Server;

const SECONDS: &str = "3s";
const CONNECTIONS: &str = "32";

/// What three seconds of load showed.
pub struct Load {
    /// Seconds of the server process for one request.
    pub cpu: f64,
    /// Requests answered in a second.
    pub rate: f64,
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
    let with = |token: &String| Call::get(path).bearer(token);
    match tokens {
        [] => load_calls(server, &[Call::get(path)]),
        tokens => load_calls(server, &tokens.iter().map(with).collect::<Vec<Call>>()),
    }
}

/// As fast as 32 connections go, with each of the calls in turn. All must have succeeded.
pub fn load_calls(server: &Server, calls: &[Call]) -> Load {
    let before = server.cpu_seconds();
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c", CONNECTIONS, "-d", SECONDS, "--latency"]);
    let script = NamedTempFile::new().expect("a file");
    match calls {
        // Without a program wrk takes less of the machine.
        [Call { body: None, path, headers, .. }] => {
            for (name, value) in headers {
                wrk.arg("-H").arg(format!("{name}: {value}"));
            }
            wrk.arg(format!("{}{path}", server.base));
        }
        calls => {
            fs::write(&script, in_turn(calls)).expect("the script is written");
            wrk.arg("-s").arg(script.path()).arg(&server.base);
        }
    }
    let output = wrk.output().expect("wrk runs");
    let spent = server.cpu_seconds() - before;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "refusals under load:\n{text}");
    let line = text.lines().find(|line| line.contains(" requests in ")).unwrap_or_default();
    let count = line.split_whitespace().next().and_then(|count| count.parse::<f64>().ok());
    let field = |name| text.lines().find_map(|line| line.trim().strip_prefix(name));
    let latency = |percent| field(percent).and_then(milliseconds).expect("wrk's latencies");
    let rate = field("Requests/sec:").and_then(|rate| rate.trim().parse().ok());
    Load {
        cpu: spent / count.expect("wrk's count"),
        rate: rate.expect("wrk's rate"),
        p50: latency("50%"),
        p99: latency("99%"),
    }
}

/// A program for wrk: each request is the next call.
fn in_turn(calls: &[Call]) -> String {
    let mut program = "local made, turn = {}, 0
        local function add(...) made[#made + 1] = wrk.format(...) end
        request = function()
            turn = turn % #made + 1
            return made[turn]
        end
        init = function()\n"
        .to_owned();
    for call in calls {
        // Lua reads what is quoted as Rust does, as long as it is ASCII.
        let headers = call.headers.iter().map(|(name, value)| format!("[{name:?}] = {value:?}"));
        let headers = headers.collect::<Vec<String>>().join(", ");
        let body = call.body.as_ref().map_or_else(|| "nil".to_owned(), |body| format!("{body:?}"));
        let (method, path) = (call.method.as_str(), &call.path);
        writeln!(program, "add({method:?}, {path:?}, {{{headers}}}, {body})").expect("memory");
    }
    program + "end\n"
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
