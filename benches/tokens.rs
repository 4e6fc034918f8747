//! What a token costs: to sign, to verify for the first time, and to find again.
//!
//! `cargo bench --bench tokens`. The warm figure is on the path of every authenticated request;
//! its target is 0.3 µs, whichever the algorithm.

use std::hint::black_box;
use std::sync::Arc;

use actors::domain::{Client, SessionId, Timestamp, UserAgent, UserId};
use actors::revocation_registry::Session;
use actors::runtime::OsRandom;
use anyhow::Context;
use bioentrust_auth::tokens::keys::{Algorithm, KeyRing};
use bioentrust_auth::tokens::{AccessClaims, TokenRules, TokenService};
use criterion::Criterion;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn session() -> Session {
    Session {
        id: SessionId::from_bytes([2; 16]),
        user_id: UserId::from_bytes([1; 16]),
        epoch: 0,
        authenticated_at: NOW,
        refreshed_at: NOW,
        expires_at: Timestamp::from_secs(NOW.as_secs() + 86_400),
        generation: 0,
        client: Client { ip: [192, 0, 2, 1].into(), user_agent: UserAgent::default() },
    }
}

fn service(algorithm: Algorithm, cached_tokens: usize) -> anyhow::Result<TokenService> {
    let folder = tempfile::tempdir()?;
    let ring = KeyRing::load_or_generate(folder.path(), algorithm)?;
    let rules = TokenRules::new("https://auth.example.com", "bioentrust");
    let rules = TokenRules { cached_tokens, ..rules };
    TokenService::new(rules, ring, Arc::new(OsRandom)).context("default rules")
}

fn measure(criterion: &mut Criterion, algorithm: Algorithm) -> anyhow::Result<()> {
    let mut group = criterion.benchmark_group(format!("tokens/{algorithm}"));
    let session = session();

    // Without a memory every verification is the first.
    let cold = service(algorithm, 0)?;
    let token = cold.issuer().access(&session, NOW)?;
    cold.verifier().verify::<AccessClaims>(&token, NOW)?;
    group.bench_function("sign", |b| b.iter(|| cold.issuer().access(black_box(&session), NOW)));
    group.bench_function("verify/cold", |b| {
        b.iter(|| cold.verifier().verify::<AccessClaims>(black_box(&token), NOW));
    });

    let warm = service(algorithm, 10_000)?;
    let token = warm.issuer().access(&session, NOW)?;
    warm.verifier().verify::<AccessClaims>(&token, NOW)?;
    group.bench_function("verify/warm", |b| {
        b.iter(|| warm.verifier().verify::<AccessClaims>(black_box(&token), NOW));
    });
    group.finish();
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256] {
        measure(&mut criterion, algorithm)?;
    }
    criterion.final_summary();
    Ok(())
}
