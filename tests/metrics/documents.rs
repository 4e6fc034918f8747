//! docs/metrics.md is what the server shows: no more, no less, by type and labels.

use std::collections::{BTreeMap, BTreeSet};

use test_support::{ServerProcess, storage_settings};

use crate::exposition::Exposition;
use crate::use_of_everything::exercised;

const ALERTS: &str = include_str!("../../deploy/prometheus/alerts.yaml");
const DASHBOARD: &str = include_str!("../../deploy/grafana/dashboard.json");
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

/// The metrics that a text names.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '_');
    words
        .filter(|word| word.starts_with("bioentrust_") || word.starts_with("process_"))
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word))
        .collect()
}

/// The values of a key, in the simple YAML of the rules.
fn values<'a>(yaml: &'a str, key: &str) -> Vec<&'a str> {
    yaml.lines().filter_map(|line| line.trim().strip_prefix(key)).map(str::trim).collect()
}

#[test]
fn alerts_and_dashboard_use_only_metrics_that_there_are() {
    let documented = documented();
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .filter_map(|target| target["expr"].as_str())
        .collect::<Vec<_>>()
        .join("\n");
    assert!(named(&queries).len() > 40, "the dashboard shows nearly everything");
    assert!(named(ALERTS).len() > 15, "the rules are read");
    for metric in named(&queries).union(&named(ALERTS)) {
        assert!(documented.contains_key(*metric), "{metric} does not exist");
    }
    assert_eq!(documented.keys().filter(|name| name.starts_with("process_")).count(), 8);
}

#[test]
fn every_alert_has_a_name_a_severity_and_a_paragraph_on_what_to_do() {
    let operations = include_str!("../../docs/operations.md");
    let names = values(ALERTS, "- alert:");
    for name in &names {
        assert!(operations.contains(&format!("`{name}`")), "{name} in docs/operations.md");
    }
    for key in ["expr:", "for:", "severity:", "summary:", "description:"] {
        assert_eq!(values(ALERTS, key).len(), names.len(), "{key}");
    }
    assert!(values(ALERTS, "severity:").iter().all(|it| ["critical", "warning"].contains(it)));
}
