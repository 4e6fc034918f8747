//! F-03: packets between the server and its primary vanish, and no connection is closed.

use std::sync::Arc;
use std::time::Duration;

use mongod::ReplicaSet;
use test_support::{ServerProcess, storage_settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::load::Load;

/// Passes bytes on, unless told to swallow them.
struct Proxy {
    address: String,
    swallow: watch::Sender<bool>,
}

impl Proxy {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (swallow, swallows) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, swallows) = (target.clone(), swallows.clone());
                tokio::spawn(async move {
                    let server = TcpStream::connect(target).await.unwrap();
                    let (client_in, client_out) = client.into_split();
                    let (server_in, server_out) = server.into_split();
                    tokio::join!(
                        pass(client_in, server_out, swallows.clone()),
                        pass(server_in, client_out, swallows),
                    );
                });
            }
        });
        Self { address, swallow }
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    swallows: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if !*swallows.borrow() && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn f03_a_black_hole_before_the_primary_is_answered_503_and_heals() {
    let Some(set) = ReplicaSet::start(1, Duration::from_secs(2)).await else { return };
    let proxy = Arc::new(Proxy::to(set.members[0].address()).await);
    let uri = format!("mongodb://{}/?directConnection=true", proxy.address);
    let storage = storage_settings(&uri, "faults");
    let server = ServerProcess::start_nodes(1, storage, &[]).await;
    let mut load = Load::start(&server.client());
    load.successes(50).await;
    proxy.swallow.send_replace(true);
    tokio::time::sleep(Duration::from_secs(6)).await;
    proxy.swallow.send_replace(false);
    let ended = Instant::now();
    let healed = tokio::time::timeout(Duration::from_secs(30), load.successes(50)).await;
    assert!(healed.is_ok(), "no recovery: {}", server.log());
    let recovery = ended.elapsed();
    let ledger = load.stop().await;
    ledger.check(&server.client()).await;
    #[expect(clippy::print_stdout, reason = "the figures are the purpose of --nocapture")]
    {
        println!("black hole of 6 s: recovered in {:.1} s", recovery.as_secs_f64());
    }
}
