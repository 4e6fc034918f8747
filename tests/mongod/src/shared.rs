//! Servers that all tests of one process share: each takes a database of its own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::doc;
use tokio::sync::OnceCell;

use crate::{Mongod, ReplicaSet};

/// The connection string of a standalone server and the name of a database that is the caller's
/// own, or `None` where there is no mongod.
pub async fn shared_standalone() -> Option<(String, String)> {
    Some((shared_server().await?.uri(), own_database()))
}

/// The standalone server itself.
pub async fn shared_server() -> Option<&'static Mongod> {
    static SERVER: OnceCell<Option<Mongod>> = OnceCell::const_new();
    SERVER.get_or_init(Mongod::standalone).await.as_ref()
}

/// The same of a replica set of one member, which has change streams.
pub async fn shared_replica_set() -> Option<(String, String)> {
    static SET: OnceCell<Option<ReplicaSet>> = OnceCell::const_new();
    let start = || ReplicaSet::start(1, Duration::from_secs(1));
    let set = SET.get_or_init(start).await.as_ref()?;
    Some((set.uri(), own_database()))
}

/// Stops a server from removing what has expired by the real clock: for tests that move one of
/// their own.
pub async fn keep_expired(uri: &str) {
    let client = Client::with_uri_str(uri).await.expect("a client");
    let command = doc! { "setParameter": 1, "ttlMonitorEnabled": false };
    client.database("admin").run_command(command).await.expect("the server agrees");
}

fn own_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
