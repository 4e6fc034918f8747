//! parse-server, on Node: a process with one thread that answers.
//!
//! Its hashing cannot be stubbed: sign-ins are not compared.

use std::path::Path;
use std::process::Command;

use mongod::ReplicaSet;
use serde_json::json;

use super::ours::Ours;
use super::side::{Side, compare};
use super::{SESSIONS, install, memory, of_each};
use crate::call::{Call, ask_all};
use bench_support::report::Report;
use bench_support::server::Server;

const APPLICATION_ID: &str = "rival";

/// Session checks and memory.
pub fn measure(report: &mut Report, set: &ReplicaSet) {
    let Some(folder) = install::with_npm("parse-server") else { return };
    let theirs = start(&folder, set);
    let signed_up = ask_all(&theirs.base, &of_each(SESSIONS, sign_up));
    let tokens = signed_up.iter().map(|answer| answer.body["sessionToken"].as_str());
    let calls: Vec<Call> = tokens.map(|token| whoami(token.expect("a token"))).collect();
    let checks = Side {
        name: "parse-server users/me",
        server: &theirs,
        calls: Box::new(|| {
            // It remembers for five seconds who has asked.
            ask_all(&theirs.base, &calls);
            calls.clone()
        }),
        reads: 2,
        writes: 0,
    };
    let ours = Ours::rotating(set, "ours_beside_parse_server");
    compare(report, set, &checks, &ours.repeated_refresh(), "");
    memory(report, "parse-server", &theirs, &ours.server, "");
}

fn start(folder: &Path, set: &ReplicaSet) -> Server {
    let mut command = Command::new("node");
    command
        .arg("server.js")
        .current_dir(folder)
        .env("NODE_ENV", "production")
        .env("MONGODB_URI", set.uri().replace("/?", "/parse_server?"))
        .env("APPLICATION_ID", APPLICATION_ID);
    Server::announced(command)
}

fn sign_up(email: &str) -> Call {
    let form = json!({"username": email, "email": email, "password": actors::seed::PASSWORD});
    Call::post("/users", &form).header("X-Parse-Application-Id", APPLICATION_ID)
}

fn whoami(token: &str) -> Call {
    Call::get("/users/me")
        .header("X-Parse-Application-Id", APPLICATION_ID)
        .header("X-Parse-Session-Token", token)
}
