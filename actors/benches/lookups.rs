//! Among a million: is a session revoked, and what a one-time code costs to issue and to verify.
//!
//! `cargo bench -p actors --bench lookups`. Without actors: `growth` has the same by messages. Codes are
//! in an embedded store, durable before the next step, a thousand at once.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod people;
mod sign_up;

use std::hint::black_box;
use std::time::Duration;

use actors::domain::{ChallengeId, OtpCode, SessionId, Timestamp, UserId};
use actors::measured::{PendingCodes, Revocations};
use actors::otp_manager::{OtpRules, VerifyOtpOutcome};
use actors::revocation_registry::{SessionRef, Standing};
use criterion::{Criterion, criterion_group, criterion_main};
use futures_util::{StreamExt, stream};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

const MILLION: u64 = 1_000_000;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const LATER: Timestamp = Timestamp::from_secs(NOW.as_secs() + 86_400);
/// Steps that share a commit.
const TOGETHER: usize = 1_000;
const CACHE_BYTES: usize = 64 << 20;

fn revocations(c: &mut Criterion) {
    let revocations = Revocations::default();
    for number in 0..MILLION {
        revocations.revoke(SessionId::from_bytes(people::scattered(number)), LATER);
    }
    let mut group = c.benchmark_group("revocations/1M");
    for (name, first, standing) in
        [("hit", 0, Standing::Revoked), ("miss", MILLION, Standing::Good)]
    {
        let sessions: Vec<SessionRef> = (0..MILLION).map(|n| session(first + n)).collect();
        // In order, so that only the index is out of order: their numbers are random.
        let mut turns = sessions.iter().cycle();
        group.bench_function(name, |b| {
            b.iter(|| {
                let session = black_box(turns.next()).expect("there is no end");
                assert!(revocations.standing(session) == standing, "another standing");
            });
        });
    }
    group.finish();
}

fn session(number: u64) -> SessionRef {
    let user_id = UserId::from_bytes(people::scattered(number ^ (1 << 40)));
    SessionRef { id: SessionId::from_bytes(people::scattered(number)), user_id, epoch: 0 }
}

fn codes(c: &mut Criterion) {
    let mut codes = Codes::open();
    codes.issue(MILLION);
    let mut group = c.benchmark_group("codes/1M pending");
    group.sample_size(10);
    let figures: [(&str, Pick); 2] =
        [("issue", |[issuing, _]| issuing), ("verify", |[_, verifying]| verifying)];
    for (name, pick) in figures {
        group.bench_function(name, |b| {
            b.iter_custom(|count| {
                let batches = (0..count).step_by(TOGETHER);
                batches.map(|done| pick(codes.batch((count - done).min(TOGETHER as u64)))).sum()
            });
        });
    }
    group.finish();
}

/// Of the times of issuing and of verifying.
type Pick = fn([Duration; 2]) -> Duration;

struct Codes {
    runtime: Runtime,
    pending: PendingCodes,
    /// The number of the next code.
    next: u64,
    _folder: TempDir,
}

impl Codes {
    /// None yet.
    fn open() -> Self {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let folder = TempDir::new().expect("a folder");
        let rules = OtpRules { max_pending: usize::MAX, ..OtpRules::default() };
        let pending = runtime.block_on(PendingCodes::open(folder.path(), CACHE_BYTES, rules, NOW));
        Self { runtime, pending: pending.expect("an empty store"), next: 0, _folder: folder }
    }

    /// Issues so many, then verifies them: the million stays one.
    fn batch(&mut self, size: u64) -> [Duration; 2] {
        [self.issue(size), self.verify(size)]
    }

    /// So many more.
    fn issue(&mut self, count: u64) -> Duration {
        let numbers = self.next..self.next + count;
        self.next = numbers.end;
        let issue = async |number| {
            let (id, code) = named(number);
            self.pending.issue(id, &code, sign_up::sign_up(number), NOW).await
        };
        let started = Instant::now();
        let all = stream::iter(numbers.map(issue)).buffer_unordered(TOGETHER);
        let room = |issued: Result<bool, _>| async move {
            assert!(issued.expect("it is durable"), "full");
        };
        self.runtime.block_on(all.for_each(room));
        started.elapsed()
    }

    /// The last so many, each with its right code.
    fn verify(&mut self, count: u64) -> Duration {
        let verify = async |number| {
            let (id, code) = named(number);
            self.pending.verify(id, &code, NOW).await
        };
        let started = Instant::now();
        let all =
            stream::iter((self.next - count..self.next).map(verify)).buffer_unordered(TOGETHER);
        let right = |outcome: Result<VerifyOtpOutcome, _>| async move {
            let outcome = outcome.expect("it is durable");
            assert!(matches!(outcome, VerifyOtpOutcome::Accepted(_)), "the code is right");
        };
        self.runtime.block_on(all.for_each(right));
        started.elapsed()
    }
}

fn named(number: u64) -> (ChallengeId, OtpCode) {
    let code = u32::try_from(number % 1_000_000).expect("six digits");
    let id = ChallengeId::from_bytes(people::scattered(number));
    (id, OtpCode::from_number(code).expect("six digits"))
}

criterion_group!(lookups, revocations, codes);
criterion_main!(lookups);
