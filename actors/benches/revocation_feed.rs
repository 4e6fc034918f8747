//! From an acknowledged sign-out on one node until another node refuses the session's tokens, over
//! a replica set (change stream) and over a standalone server (polling). Needs a mongod.
//!
//! `cargo bench -p actors --bench revocation_feed`; with `-- --write` for docs/performance.md too.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod node;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use actix::System;
use actors::domain::{Client, UserAgent, UserId};
use actors::revocation_registry::{
    CheckStanding, OpenSession, RevocationReader, RevokeSession, Session, SessionRef, Standing,
};
use actors::runtime::Handle;
use actors::{Actors, MongoSettings, Storage};
use bench_support::report::Report;
use bench_support::stats::{largest, median, percentile};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

const SAMPLES: usize = 400;
/// What "at once" can be told apart from: the timer's own grain.
const GRAIN: Duration = Duration::from_millis(1);

fn main() {
    let mut report = Report::begin("cargo bench -p actors --bench revocation_feed");
    System::new().block_on(async {
        if let Some((uri, database)) = mongod::shared_replica_set().await {
            rows(&mut report, "change stream", &measure(&uri, &database).await);
        }
        if let Some((uri, database)) = mongod::shared_standalone().await {
            rows(&mut report, "polling", &measure(&uri, &database).await);
        }
    });
    if std::env::args().any(|argument| argument == "--write") {
        report.write();
    }
}

fn rows(report: &mut Report, how: &str, samples: &[f64]) {
    let mut row = |what, value, goal| {
        let row = format!("a sign-out seen by another node, {how}, {what} in ms");
        report.row(&row, &[value], 1, goal);
    };
    row("p50", median(samples), "");
    row("p99", percentile(samples, 99), "≤ 1000");
    row("longest", largest(samples), "");
}

/// Milliseconds of each sign-out.
async fn measure(uri: &str, database: &str) -> Vec<f64> {
    let (a, b) = (node(uri, database).await, node(uri, database).await);
    let reader = b.start_reader();
    let mut samples = Vec::with_capacity(SAMPLES);
    for n in 0..SAMPLES {
        let session = open(&a, n).await;
        until(&reader, &session, Standing::Good).await;
        // Another phase of the polls each time.
        sleep(GRAIN * u32::try_from(n % 251).unwrap_or_default()).await;
        let revoke = RevokeSession { session: named(&session) };
        a.sessions.ask(revoke).await.expect("the session is revoked");
        let acknowledged = Instant::now();
        until(&reader, &session, Standing::Revoked).await;
        samples.push(acknowledged.elapsed().as_secs_f64() * 1000.0);
    }
    samples
}

/// The first sign-in may come before the node has found its database.
async fn open(node: &Actors, n: usize) -> Session {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(n.to_le_bytes()).for_each(|(byte, of_n)| *byte = of_n);
    let client = Client {
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: UserAgent::sanitise("benchmark"),
    };
    let open = || OpenSession {
        user_id: UserId::from_bytes(bytes),
        client: client.clone(),
        is_first: false,
    };
    loop {
        if let Ok(session) = node.sessions.ask(open()).await {
            return session;
        }
        sleep(GRAIN).await;
    }
}

async fn until(reader: &Handle<RevocationReader>, session: &Session, standing: Standing) {
    while reader.ask(CheckStanding { session: named(session) }).await != Ok(standing) {
        sleep(GRAIN).await;
    }
}

fn named(session: &Session) -> SessionRef {
    SessionRef { id: session.id, user_id: session.user_id, epoch: session.epoch }
}

async fn node(uri: &str, database: &str) -> Actors {
    let settings = MongoSettings {
        uri: SecretString::from(uri),
        database: database.to_owned(),
        server_selection_timeout: Duration::from_secs(3),
        operation_timeout: Duration::from_secs(3),
        pool_size: 8,
        queue_timeout: Duration::from_secs(1),
    };
    node::start(Storage::MongoDb { settings, otp_key: Zeroizing::new([7; 32]) }, 64).await
}
