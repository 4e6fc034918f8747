//! docs/metrics.md is what the server shows: no more, no less, by type and labels.

use std::collections::{BTreeMap, BTreeSet};

use test_support::{ServerProcess, storage_settings};

use crate::exposition::Exposition;
use crate::use_of_everything::exercised;

const PAGE: &str = include_str!("../../docs/metrics.md");
/// Only where the store is MongoDB.
const OF_MONGODB: &str = "bioentrust_mongodb_";

/// What servers on both stores show; without a mongod, only those on the embedded one.
async fn shown() -> (Exposition, bool) {
    let embedded = ServerProcess::start().await;
    let mut shown = exercised(&embedded).await;
    let Some((uri, database)) = mongod::shared_standalone().await else { return (shown, false) };
    let storage = storage_settings(&uri, &database);
    let server = ServerProcess::start_nodes(1, storage, &[]).await;
    exercised(&server).await;
    shown.add(&server.admin().get("/metrics").await.body);
    (shown, true)
}

/// The rows of the tables: name → type and labels.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, name, kind, labels, ..] = cells.as_slice() else { unreachable!("{row}") };
        let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (name.trim_matches('`').to_owned(), ((*kind).to_owned(), words(labels)))
    })
    .collect()
}

#[tokio::test]
async fn every_metric_is_documented_and_every_documented_one_is_shown() {
    let (shown, with_mongodb) = shown().await;
    let mut documented = documented();
    if !with_mongodb {
        documented.retain(|name, _| !name.starts_with(OF_MONGODB));
    }
    let served: BTreeMap<_, _> = shown
        .families()
        .iter()
        .map(|(name, family)| (name.clone(), (family.kind.clone(), family.labels.clone())))
        .collect();
    assert_eq!(served, documented);
    for (name, family) in shown.families() {
        assert!(family.has_help, "{name} has a line that says what it means");
    }
}
