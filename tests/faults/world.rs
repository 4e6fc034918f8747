//! A replica set of three, two nodes of ours over it, and people at work.

use std::time::Duration;

use mongod::ReplicaSet;
use test_support::{ServerProcess, storage_settings};
use tokio::time::Instant;

use crate::load::Load;

/// Short, so that the tests are; the figures with MongoDB's own 10 s are in docs/operations.md.
pub const ELECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// Work that must succeed again after a fault before it counts as healed.
const HEALED: usize = 50;
/// Longest time from the end of a fault to normal work.
const LONGEST_RECOVERY: Duration = Duration::from_secs(30);

pub struct World {
    pub set: ReplicaSet,
    pub server: ServerProcess,
    pub load: Load,
}

impl World {
    /// Everything runs, and work has succeeded; `None` where there is no mongod.
    pub async fn start() -> Option<Self> {
        Self::start_with(3, 2).await
    }

    pub async fn start_with(members: usize, nodes: usize) -> Option<Self> {
        let set = ReplicaSet::start(members, ELECTION_TIMEOUT).await?;
        let uri = set.uri();
        Some(Self::over(set, &uri, nodes).await)
    }

    /// The nodes reach the set at `uri`.
    pub async fn over(set: ReplicaSet, uri: &str, nodes: usize) -> Self {
        let storage = storage_settings(uri, "faults");
        let server = ServerProcess::start_nodes(nodes, storage, &[]).await;
        let mut load = Load::start(&server.client());
        load.successes(HEALED).await;
        Self { set, server, load }
    }

    /// The fault is over: work succeeds again, on its own, and every promise is kept.
    pub async fn heals(mut self, fault: &str) {
        let ended = Instant::now();
        let healed = tokio::time::timeout(LONGEST_RECOVERY, self.load.successes(HEALED)).await;
        assert!(healed.is_ok(), "{fault}: no recovery; {}", self.server.log());
        let recovery = ended.elapsed();
        let ledger = self.load.stop().await;
        let (figures, members) = (ledger.figures(), ledger.members());
        ledger.check(&self.server.client()).await;
        #[expect(clippy::print_stdout, reason = "the figures are the purpose of --nocapture")]
        #[expect(clippy::cast_precision_loss, reason = "a share in per cent")]
        {
            println!(
                "{fault}: {} requests, {:.1} % answered 503, longest gap {:.1} s, recovered in {:.1} s, \
                 {members} accounts checked",
                figures.requests,
                100.0 * figures.errors as f64 / figures.requests as f64,
                figures.gap.as_secs_f64(),
                recovery.as_secs_f64(),
            );
        }
    }
}
