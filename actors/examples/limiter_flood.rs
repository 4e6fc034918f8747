//! Two million clients against the rate limiter: its memory, and what a question costs.
//!
//! `cargo run --release -p actors --example limiter_flood`

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use actix::System;
use actors::rate_limiter::{
    Admission, AdmitRequest, ClientRules, LimiterError, Purpose, Quota, Rate, RateLimiter,
};
use actors::runtime::{Handle, Limits, RestartBudget, Supervision, SystemClock, supervise};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const CLIENTS: u64 = 2_000_000;
/// The worst rate for memory: one request occupies its bucket for an hour.
const RATE: Rate = Rate { count: 3, per: Duration::from_hours(3), burst: 3 };
const PURPOSES: [Purpose; 7] = [
    Purpose::SignIn,
    Purpose::SignUp,
    Purpose::Verify,
    Purpose::SendCode,
    Purpose::ForgotPassword,
    Purpose::ResetPassword,
    Purpose::Refresh,
];

fn main() -> Result<(), LimiterError> {
    System::new().block_on(flood())
}

async fn flood() -> Result<(), LimiterError> {
    let rules = ClientRules {
        sign_in: RATE,
        sign_up: RATE,
        verify: RATE,
        send_code: RATE,
        forgot_password: RATE,
        reset_password: RATE,
        refresh: RATE,
        stuffing: Quota { count: 15, per: Duration::from_hours(3) },
        stuffing_block: Duration::from_hours(24),
    };
    let bounds = Limits { capacity: 64, deadline: Duration::from_secs(3) };
    let with = Supervision { budget: RestartBudget::default(), fatal: CancellationToken::new() };
    let handle = supervise("rate_limiter", bounds, with, move || {
        RateLimiter::of_clients(rules, Arc::new(SystemClock))
    });
    let limited = IpAddr::from(Ipv6Addr::LOCALHOST);
    for purpose in PURPOSES {
        while admit(&handle, purpose, limited).await? {}
    }
    println!("before: {} MiB resident", resident_mib());
    for million in 1..=2 {
        let started = Instant::now();
        for n in (million - 1) * CLIENTS / 2..million * CLIENTS / 2 {
            let ip = IpAddr::from(Ipv6Addr::from_bits(u128::from(n + 1) << 64));
            for purpose in PURPOSES {
                admit(&handle, purpose, ip).await?;
            }
        }
        let nanos = started.elapsed().as_nanos() / u128::from(7 * CLIENTS / 2);
        println!("{million} M: {} MiB resident, {nanos} ns per question", resident_mib());
    }
    for purpose in PURPOSES {
        let admitted = admit(&handle, purpose, limited).await?;
        println!("limited before the flood, {purpose:?}: limited after it: {}", !admitted);
    }
    Ok(())
}

async fn admit(
    handle: &Handle<RateLimiter>,
    purpose: Purpose,
    ip: IpAddr,
) -> Result<bool, LimiterError> {
    Ok(handle.ask(AdmitRequest { purpose, ip }).await? == Admission::Admitted)
}

/// As Linux counts it.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
