//! fastapi-users, on uvicorn with one worker.

use std::path::PathBuf;
use std::process::Command;

use mongod::ReplicaSet;
use serde_json::json;

use super::ours::Ours;
use super::side::{Side, compare};
use super::{ACCOUNTS, SESSIONS, install, memory, of_each};
use crate::call::{Call, ask_all};
use bench_support::report::Report;
use bench_support::server::Server;

/// Token checks, session checks, sign-ins and memory. It knows no check without the database.
pub fn measure(report: &mut Report, set: &ReplicaSet) {
    let Some(folder) = install::with_pip("fastapi-users") else { return };
    let rival = FastApiUsers { folder, uri: set.uri() };
    let ours = Ours::start(set, "ours_beside_fastapi_users", &[]);
    let theirs = rival.start("database");
    ask_all(&theirs.base, &of_each(ACCOUNTS, register));

    let signing = rival.start("jwt");
    let checks = check(&signing, "fastapi-users current_user by JWT", 1, 1);
    compare(report, set, &checks, &ours.token_check(), "");
    drop(checks);
    drop(signing);

    let checks = check(&theirs, "fastapi-users current_user by stored token", SESSIONS, 2);
    let rotating = Ours::rotating(set, "ours_rotating_beside_fastapi_users");
    compare(report, set, &checks, &rotating.repeated_refresh(), "");
    drop(rotating);

    let sign_ins = Side {
        name: "fastapi-users login",
        server: &theirs,
        calls: Box::new(|| of_each(ACCOUNTS, login)),
        reads: 1,
        writes: 1,
    };
    compare(report, set, &sign_ins, &ours.sign_in(), "");
    memory(report, "fastapi-users", &theirs, &ours.server, "");
}

/// How it is started.
struct FastApiUsers {
    folder: PathBuf,
    uri: String,
}

impl FastApiUsers {
    fn start(&self, strategy: &str) -> Server {
        let mut command = Command::new("python3");
        command
            .arg("server.py")
            .current_dir(&self.folder)
            .env("PYTHONPATH", install::PIP_TARGET)
            .env("MONGODB_URI", &self.uri)
            .env("MONGODB_DATABASE", "fastapi_users")
            .env("STRATEGY", strategy);
        Server::announced(command)
    }
}

/// Asks who so many tokens belong to.
fn check<'a>(server: &'a Server, name: &'a str, sessions: u32, reads: u32) -> Side<'a> {
    let signed_in = ask_all(&server.base, &of_each(sessions, login));
    let tokens = signed_in.iter().map(|answer| answer.body["access_token"].as_str());
    let call = |token: Option<&str>| Call::get("/protected").bearer(token.expect("a token"));
    let calls: Vec<Call> = tokens.map(call).collect();
    Side { name, server, calls: Box::new(move || calls.clone()), reads, writes: 0 }
}

fn register(email: &str) -> Call {
    Call::post("/register", &json!({"email": email, "password": actors::seed::PASSWORD}))
}

fn login(email: &str) -> Call {
    let form = format!("username={email}&password={}", actors::seed::PASSWORD.replace(' ', "+"));
    Call::post_as("application/x-www-form-urlencoded", "/login", form)
}
