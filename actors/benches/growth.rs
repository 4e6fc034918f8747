//! Memory and time of a thousand to a million revocations and pending codes, on the embedded store:
//! each is durable, so a million takes some minutes.
//!
//! `cargo bench -p actors --bench growth`; `GROWTH=10000` stops earlier. With `-- --write` for
//! docs/performance.md too.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]
#![expect(clippy::cast_precision_loss, reason = "no figure here has more than four digits")]

mod node;
mod people;
mod sign_up;

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use actix::System;
use actors::domain::{Client, SessionId, Timestamp, UserAgent, UserId};
use actors::measured::Revocations;
use actors::otp_manager::{IssueOtp, IssuedOtp, Purpose, VerifyOtp};
use actors::revocation_registry::{
    CheckStanding, OpenSession, RevocationReader, RevokeSession, SessionRef, Standing,
};
use actors::runtime::Handle;
use actors::{Actors, Recovery, Storage};
use bench_support::report::Report;
use futures_util::{FutureExt, StreamExt, stream};
use tempfile::TempDir;
use tokio::time::Instant;

/// Changes that share a commit.
const TOGETHER: usize = 1_000;
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// What the goals are set for.
const GOAL_AT: u32 = 1_000_000;
/// The timed look-ups.
const LOOKUPS: u32 = 200_000;
const VERIFICATIONS: usize = 2_000;
/// These come first: what a node needs once, and memory that is used again, is not theirs.
const BEFORE: Range<u64> = 1 << 40..(1 << 40) + 10 * TOGETHER as u64;

fn main() {
    let most = std::env::var("GROWTH").ok().and_then(|number| number.parse().ok());
    let most: u32 = most.unwrap_or(1_000_000);
    let sizes: Vec<u32> = std::iter::successors(Some(1_000_u32), |size| size.checked_mul(10))
        .take_while(|size| *size <= most)
        .collect();
    let mut report = Report::begin("cargo bench -p actors --bench growth");
    System::new().block_on(revocations(&sizes, &mut report));
    index(&sizes, &mut report);
    System::new().block_on(codes(&sizes, &mut report));
    if std::env::args().any(|argument| argument == "--write") {
        report.write();
    }
}

/// An embedded store that caches next to nothing: what grows is what the actors hold.
async fn node() -> (Actors, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let storage = Storage::Embedded {
        path: folder.path().to_owned(),
        cache_bytes: 1 << 20,
        recovery: Recovery::Quick,
    };
    (node::start(storage, 4 * TOGETHER).await, folder)
}

async fn revocations(sizes: &[u32], report: &mut Report) {
    let (actors, _folder) = node().await;
    let reader = actors.start_reader();
    let mut revoked: Vec<SessionRef> = Vec::new();
    stream::iter(BEFORE)
        .for_each_concurrent(TOGETHER, |number| revoke(&actors, number).map(drop))
        .await;
    let before = resident();
    for size in sizes {
        let more = (revoked.len() as u64..u64::from(*size)).map(|number| revoke(&actors, number));
        revoked.extend(stream::iter(more).buffer_unordered(TOGETHER).collect::<Vec<_>>().await);
        // Ours is not theirs.
        let own = revoked.capacity() * size_of::<SessionRef>();
        let bytes = (resident() - before - own as f64) / f64::from(*size);
        let found = lookups(&reader, &revoked, Standing::Revoked).await;
        let unknown: Vec<SessionRef> = revoked.iter().map(|session| unlike(*session)).collect();
        let missed = lookups(&reader, &unknown, Standing::Good).await;
        let mut row = |what, value, goal| {
            let goal = if *size == GOAL_AT { goal } else { "" };
            report.row(&format!("{size} revocations: {what}"), &[value], 0, goal);
        };
        row("bytes each", bytes, "≤ 60");
        row("a question about one of them, ns", found, "");
        row("a question about another session, ns", missed, "");
    }
}

/// The look-up alone, which is what grows: a question to the reader is a message as well.
fn index(sizes: &[u32], report: &mut Report) {
    let revocations = Revocations::default();
    let mut sessions: Vec<SessionRef> = Vec::new();
    for size in sizes {
        for number in sessions.len() as u64..u64::from(*size) {
            let id = SessionId::from_bytes(people::scattered(number));
            let user_id = UserId::from_bytes(people::scattered(number ^ BEFORE.start));
            sessions.push(SessionRef { id, user_id, epoch: 0 });
            revocations.revoke(id, Timestamp::from_millis(u64::MAX));
        }
        let unknown: Vec<SessionRef> = sessions.iter().map(|session| unlike(*session)).collect();
        for (what, of, answer) in [
            ("to look one of them up, ns", &sessions, Standing::Revoked),
            ("to look another session up, ns", &unknown, Standing::Good),
        ] {
            // In order, so that only the index is out of order: their numbers are random.
            let started = Instant::now();
            for session in of.iter().cycle().take(LOOKUPS as usize) {
                assert!(revocations.standing(session) == answer, "another standing");
            }
            let each = started.elapsed().as_secs_f64() * 1e9 / f64::from(LOOKUPS);
            let goal = if *size == GOAL_AT { "< 250" } else { "" };
            report.row(&format!("{size} revocations: {what}"), &[each], 0, goal);
        }
    }
}

async fn revoke(actors: &Actors, number: u64) -> SessionRef {
    let client = Client { ip: LOCALHOST, user_agent: UserAgent::default() };
    let user_id = UserId::from_bytes(people::scattered(number));
    let session = actors
        .sessions
        .ask(OpenSession { user_id, client, is_first: true })
        .await
        .expect("a session");
    let session = SessionRef { id: session.id, user_id, epoch: session.epoch };
    actors.sessions.ask(RevokeSession { session }).await.expect("it is revoked");
    session
}

/// Nanoseconds of one, the message to the reader included.
async fn lookups(reader: &Handle<RevocationReader>, of: &[SessionRef], answer: Standing) -> f64 {
    let started = Instant::now();
    for session in of.iter().cycle().step_by(7).take(LOOKUPS as usize) {
        let standing = reader.ask(CheckStanding { session: *session }).await;
        assert!(standing == Ok(answer), "another standing");
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(LOOKUPS)
}

fn unlike(session: SessionRef) -> SessionRef {
    let id = SessionId::from_bytes(session.id.as_bytes().map(|byte| !byte));
    SessionRef { id, ..session }
}

async fn codes(sizes: &[u32], report: &mut Report) {
    let (actors, _folder) = node().await;
    stream::iter(BEFORE)
        .for_each_concurrent(TOGETHER, |number| issue(&actors, number).map(drop))
        .await;
    let before = resident();
    let mut number = 0_u64;
    for size in sizes {
        let size = u64::from(*size);
        let started = Instant::now();
        let more = (number..size).map(|number| issue(&actors, number));
        stream::iter(more).buffer_unordered(TOGETHER).for_each(|_| async {}).await;
        let issue = started.elapsed().as_secs_f64() * 1e6 / (size - number) as f64;
        let bytes = (resident() - before) / size as f64;
        number = size;
        let verify = verifications(&actors, &mut number).await;
        let mut row = |what, value, digits, goal| {
            let goal = if size == u64::from(GOAL_AT) { goal } else { "" };
            report.row(&format!("{size} pending codes: {what}"), &[value], digits, goal);
        };
        row("bytes each", bytes, 0, "≤ 250");
        row("to issue one more, durably, µs", issue, 1, "");
        row("to verify one, durably, µs", verify, 1, "");
    }
}

/// Microseconds of one, of many that share commits.
async fn verifications(actors: &Actors, number: &mut u64) -> f64 {
    let mut issued = Vec::new();
    for _ in 0..VERIFICATIONS {
        issued.push(issue(actors, *number));
        *number += 1;
    }
    let issued: Vec<IssuedOtp> = stream::iter(issued).buffer_unordered(TOGETHER).collect().await;
    let started = Instant::now();
    let verify = issued.into_iter().map(|otp| {
        actors.otps.ask(VerifyOtp {
            request_id: otp.request_id,
            purpose: Purpose::SignUp,
            code: otp.code,
            app_id: None,
            attempts_allowed: u8::MAX,
        })
    });
    let outcomes: Vec<_> = stream::iter(verify).buffer_unordered(TOGETHER).collect().await;
    assert!(outcomes.iter().all(Result::is_ok), "a code was not verified");
    started.elapsed().as_secs_f64() * 1e6 / VERIFICATIONS as f64
}

async fn issue(actors: &Actors, number: u64) -> IssuedOtp {
    let subject = sign_up::sign_up(number);
    let source = LOCALHOST;
    actors.otps.ask(IssueOtp { subject, source }).await.expect("a code")
}

/// Bytes, as Linux counts them.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() * 1024.0
}
