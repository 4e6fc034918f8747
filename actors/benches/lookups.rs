//! Among a million: is a session revoked, and what a one-time code costs to issue and to verify.
//!
//! `cargo bench -p actors --bench lookups`. In memory only: `growth` has the same with messages
//! and a store.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod people;
mod sign_up;

use std::hint::black_box;
use std::time::Duration;

use actors::domain::{ChallengeId, OtpCode, SessionId, Timestamp, UserId};
use actors::measured::{PendingCodes, Revocations};
use actors::otp_manager::{OtpRules, Subject, VerifyOtpOutcome};
use actors::revocation_registry::{SessionRef, Standing};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::time::Instant;

const MILLION: u64 = 1_000_000;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const LATER: Timestamp = Timestamp::from_secs(NOW.as_secs() + 86_400);
/// Codes that are issued, then verified: the million stays one.
const BATCH: usize = 1_000;

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
    let rules = OtpRules { max_pending: usize::MAX, ..OtpRules::default() };
    let mut codes = Codes { pending: PendingCodes::new(rules), next: 0 };
    codes.issue(MILLION);
    let mut group = c.benchmark_group("codes/1M pending");
    let figures: [(&str, Pick); 2] =
        [("issue", |[issuing, _]| issuing), ("verify", |[_, verifying]| verifying)];
    for (name, pick) in figures {
        group.bench_function(name, |b| {
            b.iter_custom(|count| {
                let batches = (0..count).step_by(BATCH);
                batches.map(|done| pick(codes.batch((count - done).min(BATCH as u64)))).sum()
            });
        });
    }
    group.finish();
}

/// Of the times of issuing and of verifying.
type Pick = fn([Duration; 2]) -> Duration;

struct Codes {
    pending: PendingCodes,
    /// The number of the next code.
    next: u64,
}

impl Codes {
    /// Issues so many, then verifies them.
    fn batch(&mut self, size: u64) -> [Duration; 2] {
        [self.issue(size), self.verify(size)]
    }

    /// So many more.
    fn issue(&mut self, count: u64) -> Duration {
        let new =
            (self.next..self.next + count).map(|number| (named(number), sign_up::sign_up(number)));
        let new: Vec<((ChallengeId, OtpCode), Subject)> = new.collect();
        self.next += count;
        let started = Instant::now();
        for ((id, code), subject) in new {
            assert!(self.pending.issue(id, &code, subject, NOW), "there is room");
        }
        started.elapsed()
    }

    /// The last so many, each with its right code.
    fn verify(&mut self, count: u64) -> Duration {
        let of: Vec<_> = (self.next - count..self.next).map(named).collect();
        let started = Instant::now();
        for (id, code) in of {
            let outcome = self.pending.verify(id, &code, NOW);
            assert!(matches!(outcome, VerifyOtpOutcome::Accepted(_)), "the code is right");
        }
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
