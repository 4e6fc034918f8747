//! What a MongoDB server was asked.

use std::fmt;

use mongod::ReplicaSet;
use mongod::mongodb::bson::{Bson, Document, doc};

/// The commands that work on documents, as `serverStatus` names them.
const COMMANDS: [&str; 6] = ["find", "aggregate", "insert", "update", "delete", "findAndModify"];
/// What a node asks of its own accord while we count is not much.
const SLACK: f64 = 0.3;

/// Of each command, how many a call took on average.
#[derive(Clone, Copy)]
pub struct Operations([f64; 6]);

/// Calls `work` so many times, one after the other.
pub async fn per_call(set: &ReplicaSet, calls: u32, work: impl AsyncFn(u32)) -> Operations {
    let before = so_far(set).await;
    for number in 0..calls {
        work(number).await;
    }
    let mut counts = so_far(set).await;
    for (count, before) in counts.iter_mut().zip(before) {
        *count = (*count - before) / f64::from(calls);
    }
    Operations(counts)
}

async fn so_far(set: &ReplicaSet) -> [f64; 6] {
    let primary = set.members.first().expect("a member").client();
    let status = primary.database("admin").run_command(doc! { "serverStatus": 1 }).await;
    let status = status.expect("the server's status");
    COMMANDS.map(|command| {
        let path = ["metrics", "commands", command];
        let counts = path
            .iter()
            .try_fold(&status, |document: &Document, name| document.get_document(name).ok());
        match counts.and_then(|counts| counts.get("total")) {
            Some(Bson::Int32(count)) => f64::from(*count),
            Some(Bson::Int64(count)) => *count as f64,
            _ => 0.0,
        }
    })
}

impl Operations {
    /// Whether both did the same, but for what a node asks by itself.
    pub fn is_like(self, other: Self) -> bool {
        self.0.iter().zip(other.0).all(|(one, other)| (one - other).abs() < SLACK)
    }

    /// Whether a call reads and writes so often, but for what a node asks by itself.
    pub fn are(self, reads: u32, writes: u32) -> bool {
        let [find, aggregate, changes @ ..] = self.0;
        let changes: f64 = changes.iter().sum();
        let is_like = |count: f64, expected: u32| (count - f64::from(expected)).abs() < SLACK;
        is_like(find + aggregate, reads) && is_like(changes, writes)
    }
}

impl fmt::Display for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (command, count) in COMMANDS.iter().zip(self.0).filter(|(_, count)| *count > SLACK) {
            write!(f, "{count:.1} {command} ")?;
        }
        Ok(())
    }
}
