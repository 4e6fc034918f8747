//! F-03: packets between the server and its primary vanish, and no connection is closed.

use std::sync::Arc;
use std::time::Duration;

use mongod::ReplicaSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::world::{ELECTION_TIMEOUT, World};

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
    let Some(set) = ReplicaSet::start(1, ELECTION_TIMEOUT).await else { return };
    let proxy = Arc::new(Proxy::to(set.members[0].address()).await);
    let uri = format!("mongodb://{}/?directConnection=true", proxy.address);
    let world = World::over(set, &uri, 1).await;
    proxy.swallow.send_replace(true);
    tokio::time::sleep(Duration::from_secs(6)).await;
    proxy.swallow.send_replace(false);
    world.heals("black hole of 6 s").await;
}
