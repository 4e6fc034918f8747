//! How long the listeners wait for their clients (S-87).

use std::net::SocketAddr;
use std::time::Duration;

use tracing::warn;

use crate::flow;
use crate::listener::{Listening, Patience};
use crate::open_files;
use crate::settings::Settings;

/// A request head that takes longer is answered 408 and its connection closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A client that takes longer for the largest answer reads less than 25 KiB a second.
const READING: Duration = Duration::from_mins(1);
/// The head of a request has 128 KiB at most, its body 16 KiB; several may be under way.
const REQUEST_BYTES: usize = 512 * 1024;
/// Clients that pipeline wait for an answer long before.
const PIPELINED: usize = 32;

/// Collectors, probes and operators.
const ADMIN_CONNECTIONS: usize = 64;

/// The listener for clients, who can be anybody.
pub(super) fn api(settings: &Settings) -> Listening {
    let (workers, wanted) = (settings.server.worker_count(), settings.server.max_connections);
    let connections = open_files::connections(wanted, workers);
    if connections < wanted {
        warn!(wanted, connections, "server.max_connections is more than `ulimit -n` has room for");
    }
    on("api", settings.server.listen, workers, connections, settings)
}

/// The listener at `address` for operators.
pub(super) fn admin(address: SocketAddr, settings: &Settings) -> Listening {
    on("admin", address, 1, ADMIN_CONNECTIONS, settings)
}

fn on(
    name: &'static str,
    address: SocketAddr,
    workers: usize,
    connections: usize,
    settings: &Settings,
) -> Listening {
    Listening {
        name,
        on: address,
        workers,
        connections_per_worker: connections.div_ceil(workers),
        keep_alive: KEEP_ALIVE,
        head_timeout: HEAD_TIMEOUT,
        patience: patience(settings.server.body_timeout),
        shutdown_timeout: super::run::grace(settings),
    }
}

/// Longer than anything that HTTP itself gives time for: whoever is within those limits meets
/// none of these.
fn patience(body_timeout: Duration) -> Patience {
    let slack = Duration::from_secs(1);
    let quiet = (KEEP_ALIVE + HEAD_TIMEOUT).max(body_timeout + slack);
    let answer = HEAD_TIMEOUT + body_timeout + flow::LIMIT + slack;
    Patience {
        quiet,
        answer: answer.max(quiet),
        reading: READING,
        request_bytes: REQUEST_BYTES,
        pipelined: PIPELINED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_87_no_request_within_its_own_limits_exhausts_the_patience_below_it() {
        for body_timeout in [1, 10, 300].map(Duration::from_secs) {
            let Patience { quiet, answer, .. } = patience(body_timeout);
            assert!(quiet > KEEP_ALIVE && quiet > body_timeout && quiet > flow::LIMIT);
            assert!(answer > HEAD_TIMEOUT + body_timeout + flow::LIMIT);
            assert!(answer >= quiet, "an alarm set for the quiet time is early enough");
        }
        assert_eq!(patience(Duration::from_secs(10)).quiet, Duration::from_secs(20));
        assert_eq!(patience(Duration::from_secs(10)).answer, Duration::from_secs(25));
    }
}
