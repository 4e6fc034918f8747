//! One password hash: through the actor and its lane, and by the argon2 crate as commonly called.
//!
//! `cargo bench -p actors --bench hashing`

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::sync::Arc;
use std::time::Duration;

use actix::System;
use actors::domain::Password;
use actors::password_hasher::{HashPassword, HashingRules, PasswordHasher};
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
    let hasher = PasswordHasher::new(&rules, Arc::new(OsRandom)).expect("valid rules");
    let limits = Limits { capacity: 1, deadline: Duration::from_secs(5) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let handle = system
        .block_on(async { supervise("password_hasher", limits, with, move || hasher.clone()) });
    let password = Password::present(SecretString::from(PASSWORD)).expect("valid password");
    c.bench_function("hash/lane, memory kept", |b| {
        b.iter(|| {
            let ask = handle.ask(HashPassword { password: password.clone() });
            system.block_on(ask).expect("one at a time is never too many")
        });
    });
}

/// Fresh memory, and so a page fault for each 4 KiB, in every hash.
fn crate_alone(c: &mut Criterion) {
    let rules = HashingRules::default();
    let params = Params::new(rules.memory_kib, rules.iterations, rules.parallelism, Some(32));
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("valid rules"));
    c.bench_function("hash/argon2 crate, fresh memory", |b| {
        b.iter(|| argon2.hash_password(PASSWORD.as_bytes()).expect("hashable"));
    });
}

criterion_group! {
    name = hashing;
    config = Criterion::default().sample_size(50);
    targets = lane, crate_alone
}
criterion_main!(hashing);
