//! What it takes to make and to read the documents of MongoDB, without MongoDB.
//!
//! `cargo bench -p actors --bench codecs`

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod account;
mod people;

use std::hint::black_box;

use actors::domain::{Client, SessionId, Timestamp, UserAgent, UserId};
use actors::measured::{SessionCodec, UserCodec};
use actors::revocation_registry::Session;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

use account::user;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
/// Of one account: a person with a telephone, a tablet and a computer.
const SESSIONS: u64 = 3;

fn users(c: &mut Criterion) {
    let stored = UserCodec::encode(user(1)).expect("a document");
    let mut group = c.benchmark_group("bson/user");
    group.bench_function("encode", |b| {
        b.iter_batched(|| user(1), UserCodec::encode, BatchSize::SmallInput);
    });
    group.bench_function("decode", |b| b.iter(|| UserCodec::decode(black_box(&stored))));
    group.finish();
}

fn sessions(c: &mut Criterion) {
    let codec = SessionCodec::of((0..SESSIONS).map(session).collect());
    let owner = UserId::from_bytes(people::scattered(1));
    let stored = codec.stored(owner, NOW).expect("a document");
    let read = SessionCodec::decode(&stored).expect("what was written");
    assert_eq!(u64::try_from(read), Ok(SESSIONS), "all are read");
    let mut group = c.benchmark_group(format!("bson/{SESSIONS} sessions"));
    group.bench_function("encode", |b| b.iter(|| black_box(&codec).encode(NOW)));
    group.bench_function("decode", |b| b.iter(|| SessionCodec::decode(black_box(&stored))));
    group.finish();
}

fn session(number: u64) -> Session {
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    Session {
        id: SessionId::from_bytes(people::scattered(number)),
        user_id: UserId::from_bytes(people::scattered(1)),
        epoch: 0,
        authenticated_at: NOW,
        refreshed_at: NOW,
        expires_at: Timestamp::from_secs(NOW.as_secs() + 86_400),
        generation: 0,
        client: Client { ip: [192, 0, 2, 1].into(), user_agent: UserAgent::sanitise(browser) },
    }
}

criterion_group!(codecs, users, sessions);
criterion_main!(codecs);
