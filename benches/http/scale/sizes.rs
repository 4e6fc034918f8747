//! Bytes on disk.

use std::fs;
use std::path::Path;

use mongod::ReplicaSet;
use mongod::mongodb::bson::{Bson, Document, doc};

use bench_support::report::Report;

/// The whole file for each account: it also holds a session or two of those who signed in.
pub fn of_embedded(report: &mut Report, accounts: u32, folder: &Path) {
    let files = fs::read_dir(folder).expect("the folder of the store");
    let bytes: u64 = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    let each = bytes as f64 / f64::from(accounts);
    report.row(&format!("embedded, {accounts} accounts: bytes on disk for each"), &[each], 0, "");
}

/// Documents as they are and as they are stored, and each index.
pub async fn of_mongodb(report: &mut Report, set: &ReplicaSet, accounts: u32, database: &str) {
    let client = set.members.first().expect("a member").client();
    // What is stored is known exactly after a checkpoint.
    client.database("admin").run_command(doc! { "fsync": 1 }).await.expect("a checkpoint");
    for collection in ["users", "sessions"] {
        let command = doc! { "collStats": collection };
        let stats = client.database(database).run_command(command).await.expect("the sizes");
        let count = number(&stats, "count").max(1.0);
        let mut row = |what: &str, bytes: f64| {
            let what = format!("MongoDB, {accounts} accounts, {collection}: {what}, bytes each");
            report.row(&what, &[bytes / count], 0, "");
        };
        row("document", number(&stats, "size"));
        row("document as stored (snappy)", number(&stats, "storageSize"));
        let indexes = stats.get_document("indexSizes").expect("indexes");
        for name in indexes.keys() {
            row(&format!("index {name}"), number(indexes, name));
        }
    }
}

fn number(document: &Document, name: &str) -> f64 {
    match document.get(name) {
        Some(Bson::Int32(number)) => f64::from(*number),
        Some(Bson::Int64(number)) => *number as f64,
        Some(Bson::Double(number)) => *number,
        _ => f64::NAN,
    }
}
