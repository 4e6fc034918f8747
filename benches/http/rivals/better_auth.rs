//! better-auth, on Node: a process with one thread that answers.

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

/// Token checks, session checks, sign-ins and memory.
pub fn measure(report: &mut Report, set: &ReplicaSet) {
    let Some(folder) = install::with_npm("better-auth") else { return };
    let rival = BetterAuth { folder, uri: set.uri() };
    let ours = Ours::start(set, "ours_beside_better_auth", &[]);
    let theirs = rival.start(&[]);
    ask_all(&theirs.base, &of_each(ACCOUNTS, sign_up));

    let caching = rival.start(&[("COOKIE_CACHE", "true")]);
    let checks = session(&caching, "better-auth get-session from its cookie cache", 1, 0, 0);
    compare(report, set, &checks, &ours.token_check(), "≥ 50");
    drop(checks);
    drop(caching);

    let checks = session(&theirs, "better-auth get-session", SESSIONS, 1, 0);
    let rotating = Ours::rotating(set, "ours_rotating_beside_better_auth");
    compare(report, set, &checks, &rotating.repeated_refresh(), "≥ 8");
    drop(rotating);
    compare(report, set, &checks, &ours.refresh(), "");

    let renewing = rival.start(&[("UPDATE_AGE", "0")]);
    let renewals = session(&renewing, "better-auth get-session that renews", SESSIONS, 1, 1);
    compare(report, set, &renewals, &ours.refresh(), "≥ 8");
    drop(renewals);
    drop(renewing);

    let sign_ins = Side {
        name: "better-auth sign-in",
        server: &theirs,
        calls: Box::new(|| of_each(ACCOUNTS, sign_in)),
        reads: 1,
        writes: 1,
    };
    compare(report, set, &sign_ins, &ours.sign_in(), "≥ 6");
    memory(report, "better-auth", &theirs, &ours.server, "≥ 3");
}

/// How it is started.
struct BetterAuth {
    folder: PathBuf,
    uri: String,
}

impl BetterAuth {
    fn start(&self, settings: &[(&str, &str)]) -> Server {
        let mut command = Command::new("node");
        command
            .arg("server.js")
            .current_dir(&self.folder)
            .env("NODE_ENV", "production")
            .env("MONGODB_URI", &self.uri)
            .env("MONGODB_DATABASE", "better_auth")
            .envs(settings.iter().copied());
        Server::announced(command)
    }
}

/// Asks who so many cookies belong to.
fn session<'a>(
    server: &'a Server,
    name: &'a str,
    sessions: u32,
    reads: u32,
    writes: u32,
) -> Side<'a> {
    let signed_in = ask_all(&server.base, &of_each(sessions, sign_in));
    let call = |cookies: &str| Call::get("/api/auth/get-session").header("Cookie", cookies);
    let calls: Vec<Call> = signed_in.iter().map(|answer| call(&answer.cookies)).collect();
    Side { name, server, calls: Box::new(move || calls.clone()), reads, writes }
}

fn sign_up(email: &str) -> Call {
    let form = json!({"name": "A B", "email": email, "password": actors::seed::PASSWORD});
    Call::post("/api/auth/sign-up/email", &form)
}

fn sign_in(email: &str) -> Call {
    let form = json!({"email": email, "password": actors::seed::PASSWORD});
    Call::post("/api/auth/sign-in/email", &form)
}
