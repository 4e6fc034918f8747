//! The embedded store of accounts: a look-up, and a durable insert with and without company.
//!
//! `cargo bench -p actors --bench store`. Each insert alone is a transaction with its own fsyncs;
//! inserts that wait at the same time share one.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

mod account;
mod people;

use std::cell::Cell;
use std::hint::black_box;

use actors::measured::EmbeddedAccounts;
use actors::user_store::User;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::{StreamExt, stream};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use account::user;

const ACCOUNTS: u64 = 100_000;
/// Changes that share a commit while the store is filled.
const TOGETHER: usize = 1_000;
const CACHE_BYTES: usize = 64 << 20;

fn store(c: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let folder = TempDir::new().expect("a folder");
    let accounts = runtime.block_on(EmbeddedAccounts::open(folder.path(), CACHE_BYTES));
    let accounts = accounts.expect("an empty store");
    runtime.block_on(insert(&accounts, 0..ACCOUNTS, TOGETHER));
    lookups(c, &runtime, &accounts);
    inserts(c, &runtime, &accounts);
}

fn lookups(c: &mut Criterion, runtime: &Runtime, accounts: &EmbeddedAccounts) {
    let next = Cell::new(0_u64);
    let one = || {
        next.set(next.get() + 1);
        user(next.get().wrapping_mul(611_953) % ACCOUNTS)
    };
    let mut group = c.benchmark_group("store");
    group.bench_function("find by id", |b| {
        b.iter_batched(one, |User { id, .. }| runtime.block_on(accounts.find(id)), PER_ITERATION);
    });
    group.bench_function("find by e-mail", |b| {
        let find = |User { email, .. }| runtime.block_on(accounts.find_by_email(email));
        b.iter_batched(one, find, PER_ITERATION);
    });
    group.finish();
}

/// What is found is dropped outside the measurement.
const PER_ITERATION: criterion::BatchSize = criterion::BatchSize::SmallInput;

fn inserts(c: &mut Criterion, runtime: &Runtime, accounts: &EmbeddedAccounts) {
    let next = Cell::new(ACCOUNTS);
    let mut group = c.benchmark_group("store/insert");
    group.sample_size(10).throughput(Throughput::Elements(1));
    for writers in [1, 16, 64] {
        group.bench_function(BenchmarkId::new("writers", writers), |b| {
            b.iter_custom(|count| {
                let numbers = next.get()..next.get() + count;
                next.set(numbers.end);
                let started = Instant::now();
                runtime.block_on(insert(accounts, numbers, writers));
                started.elapsed()
            });
        });
    }
    group.finish();
}

/// Each of `writers` begins its next when its last is durable.
async fn insert(accounts: &EmbeddedAccounts, numbers: std::ops::Range<u64>, writers: usize) {
    let one = |number| accounts.insert(user(number));
    let mut done = stream::iter(numbers.map(one)).buffer_unordered(writers);
    while let Some(inserted) = done.next().await {
        assert!(black_box(inserted).expect("it is durable"), "an account is there already");
    }
}

criterion_group!(measured, store);
criterion_main!(measured);
