//! One password hash: through the actor and its lane, and by the argon2 crate as commonly
//! called: where the caller is, and on a blocking thread.
//!
//! `cargo bench -p actors --bench hashing`

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::sync::Arc;
use std::time::Duration;

use actix::System;
use actors::domain::Password;
use actors::password_hasher::{HashPassword, HashingRules, PasswordHasher, Peppers};
use actors::runtime::{Limits, OsRandom, RestartBudget, Supervision, supervise};
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use criterion::{Criterion, criterion_group, criterion_main};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "correct horse battery staple";

/// A message, a queue and another thread more, but memory that is kept.
fn lane(c: &mut Criterion) {
    let system = System::new();
    let rules = HashingRules { lanes: 1, ..HashingRules::default() };
    let hasher =
        PasswordHasher::new(&rules, Peppers::default(), Arc::new(OsRandom)).expect("valid rules");
    let limits = Limits { capacity: 1, deadline: Duration::from_secs(5) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let handle = system
        .block_on(async { supervise("password_hasher", limits, with, move || hasher.clone()) });
    let password = Password::present(&SecretString::from(PASSWORD)).expect("valid password");
    c.bench_function("hash/lane, memory kept", |b| {
        b.iter(|| {
            let ask = handle.ask(HashPassword { password: password.clone() });
            system.block_on(ask).expect("one at a time is never too many")
        });
    });
}

/// Memory asked for and given back with each hash. What that costs is the allocator's choice:
/// glibc may keep what was given back, and then no page faults follow.
fn crate_alone(c: &mut Criterion) {
    let rules = HashingRules::default();
    let params = Params::new(rules.memory_kib, rules.iterations, rules.parallelism, Some(32));
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("valid rules"));
    let hash = move || argon2.hash_password(PASSWORD.as_bytes()).expect("hashable");
    c.bench_function("hash/argon2 crate, same thread", |b| b.iter(&hash));

    let system = System::new();
    c.bench_function("hash/argon2 crate, spawn_blocking", |b| {
        b.iter(|| {
            let hash = hash.clone();
            let done = async { tokio::task::spawn_blocking(hash).await };
            system.block_on(done).expect("no panic")
        });
    });
}

criterion_group! {
    name = hashing;
    config = Criterion::default().sample_size(50);
    targets = lane, crate_alone
}
criterion_main!(hashing);
